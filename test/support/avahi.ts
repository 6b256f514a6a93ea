import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractDebs, openArchive } from '../../scripts/debian/archive.ts';
import { cacheFolder } from './cache.ts';
import { Child } from './child.ts';
import type { TrialMachine } from './networks.ts';
import { scaleMs } from './speed.ts';

const address = 'unix:abstract=avahi-of-a-test';
const RECIPE = {
  suite: 'bookworm',
  arch: 'amd64',
  packages: ['avahi-daemon', 'avahi-utils', 'dbus-daemon'],
  folders: ['run', 'proc', 'dev'],
  files: {
    'etc/passwd': 'root:x:0:0:root:/:/bin/sh\navahi:x:199:199::/:/bin/false\n',
    'etc/group': 'root:x:0:\navahi:x:199:\n',
    'bus.conf': `<busconfig><type>session</type><listen>${address}</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>\n`,
  },
} as const;
// The bus is ready when this program has gone into the background. Both end with the first process of their namespace.
const script = `mount -t tmpfs tmpfs "$1/run" && mkdir "$1/run/avahi-daemon" && mount -t proc proc "$1/proc" &&
mount --bind /dev "$1/dev" &&
chroot "$1" /usr/bin/dbus-daemon --config-file=/bus.conf --fork &&
exec chroot "$1" /usr/sbin/avahi-daemon --no-drop-root --no-chroot -f /etc/avahi/avahi-daemon.conf`;
const env = { DBUS_SYSTEM_BUS_ADDRESS: address };
const startMs = scaleMs(30_000);

/** Debian's avahi-daemon on a machine in a network of a test: nothing of it is installed on this one. */
export class Avahi implements AsyncDisposable {
  readonly #daemon: Child;
  readonly #before: readonly string[];

  private constructor(daemon: Child, before: readonly string[]) {
    this.#daemon = daemon;
    this.#before = before;
  }

  static async start(machine: TrialMachine): Promise<Avahi> {
    const root = await buildRoot();
    const isolate = ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script, 'sh', root];
    const [command = '', ...args] = [...machine.before, ...isolate];
    const daemon = new Child(command, args, { env });
    await daemon.waitForLine('stderr', /Server startup complete/, startMs);
    return new Avahi(daemon, [...machine.before, 'chroot', root]);
  }

  /** The services of that type, as `avahi-browse -rpt` prints them: a line each of those that it has resolved. */
  async browse(type: string): Promise<string[]> {
    const [command = '', ...args] = [...this.#before, '/usr/bin/avahi-browse', '-rpt', type];
    await using browser = new Child(command, args, { env });
    await browser.wait(startMs);
    return browser.lines('stdout').filter((line) => line.startsWith('='));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
  }
}

async function buildRoot(): Promise<string> {
  const directory = await cacheFolder('avahi-root', RECIPE, async (part) => {
    const root = join(part, 'root');
    const archive = await openArchive({ suite: RECIPE.suite, arch: RECIPE.arch });
    const debs = await archive.downloadPackages(RECIPE.packages, join(part, 'debs'), { dependencies: true });
    await extractDebs(debs, root);
    await rm(join(part, 'debs'), { recursive: true });
    for (const folder of RECIPE.folders) await mkdir(join(root, folder), { recursive: true });
    for (const [path, text] of Object.entries(RECIPE.files)) await writeFile(join(root, path), text);
  });
  return join(directory, 'root');
}
