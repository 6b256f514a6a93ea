import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractDebs, openArchive } from '../../scripts/debian/archive.ts';
import { runCommand } from '../../scripts/debian/command.ts';
import { installPackages } from '../../scripts/debian/install.ts';
import { cacheFolder } from './cache.ts';
import { Child, type ChildOptions, type Ending } from './child.ts';

const QEMU = '/usr/bin/qemu-aarch64-static';
// Not in every user's PATH.
const CHROOT = '/usr/sbin/chroot';
const RECIPE = {
  suite: 'bookworm',
  arch: 'arm64',
  // All that the binaries are linked with; no Node, no OpenCV, not even a shell.
  packages: ['libc6', 'libgcc-s1', 'libstdc++6'],
  folders: ['dev', 'proc', 'tmp', 'package'],
  files: {
    'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
    'etc/nsswitch.conf': 'hosts: files dns\n',
    'etc/passwd': 'root:x:0:0:root:/tmp:/bin/sh\n',
  },
  devices: ['null', 'zero', 'urandom', 'random'],
} as const;

/** The guest's whole environment, besides what a test adds: none of the host's. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' };

export interface Arm64Options extends Omit<ChildOptions, 'env'> {
  /** Host folders to see in the root, by the absolute path there: `{ '/package': 'dist/linux-arm64' }`. Writable. */
  mounts?: Record<string, string>;
  /** Added to a bare environment; none of this process's is passed on. */
  env?: Record<string, string>;
  /** A command that runs it all: it gets the rest as its last arguments. */
  before?: readonly string[];
  /** As of `qemu-aarch64-static -cpu help`; default cortex-a72, a Raspberry Pi 4's. */
  cpu?: string;
}

/** The path of an arm64 root of Debian's C and C++ libraries alone, made on first use and kept in the user cache. */
export async function buildArm64Root(): Promise<string> {
  // Its own folder within the cached one, so that nothing of the cache's shows in the root.
  const directory = await cacheFolder('arm64-root', RECIPE, async (part) => {
    await installPackages(['qemu-user-static'], 'running arm64 programs');
    const root = join(part, 'root');
    await extractLibraries(root, RECIPE.packages);
    for (const folder of RECIPE.folders) await mkdir(join(root, folder), { recursive: true });
    for (const [path, text] of Object.entries(RECIPE.files)) await writeFile(join(root, path), text);
    for (const device of RECIPE.devices) await writeFile(join(root, 'dev', device), '');
    await copyFile(QEMU, join(root, 'qemu-aarch64-static'));
    await chmod(join(root, 'qemu-aarch64-static'), 0o755);
  });
  return join(directory, 'root');
}

/** Unpacks bookworm's arm64 packages, without what only a reader needs, into `directory`. */
export async function extractLibraries(directory: string, packages: readonly string[]): Promise<void> {
  const archive = await openArchive({ suite: 'bookworm', arch: 'arm64' });
  const debs = await archive.downloadPackages(packages, `${directory}.debs`);
  await extractDebs(debs, directory);
  await rm(`${directory}.debs`, { recursive: true });
  await rm(join(directory, 'usr/share'), { recursive: true, force: true });
}

/**
 * Starts an arm64 program of the root under qemu-user; `args[0]` is its path there. The root is a read-only chroot
 * with /tmp empty and writable; the network is the host's. Where this machine refuses a chroot of our own (a container
 * without user namespaces), the host's files show through behind the root's: `isRooted()` tells.
 */
export async function startInArm64Root(args: readonly string[], options: Arm64Options = {}): Promise<Child> {
  const root = await buildArm64Root();
  const { mounts = {}, env = {}, cpu = 'cortex-a72', before = [], ...rest } = options;
  const given = Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`);
  // QEMU passes its own environment on. Variables that would act on the host's loader go by -E, which splits at commas.
  const isLoaders = (setting: string) => setting.startsWith('LD_');
  const bare = ['env', '-i', ...given.filter((setting) => !isLoaders(setting))];
  const qemu = ['-cpu', cpu, ...given.filter(isLoaders).flatMap((setting) => ['-E', setting])];
  const [command = '', ...unshare] = await findUnshare();
  if (command === '') {
    await installPackages(['qemu-user-static'], 'running arm64 programs');
    const local = [...bare, QEMU, '-L', root, ...qemu, ...args].map((text) => translatePath(text, mounts));
    return startChild([...before, ...local], rest);
  }
  for (const path of Object.keys(mounts)) await mkdir(join(root, path), { recursive: true });
  const script = describeMounts(root, mounts);
  const chroot = [CHROOT, root, '/qemu-aarch64-static', ...qemu, ...args];
  return startChild([...before, command, ...unshare, 'sh', '-ec', script, 'sh', ...bare, ...chroot], rest);
}

function startChild([command = '', ...args]: readonly string[], options: ChildOptions): Child {
  return new Child(command, args, options);
}

/** Runs an arm64 program of the root to its end; throws at the time-out alone. See startInArm64Root. */
export async function runInArm64Root(
  args: readonly string[],
  timeoutMs: number,
  options: Arm64Options = {},
): Promise<Ending & { stdout: string; stderr: string }> {
  await using child = await startInArm64Root(args, options);
  const ending = await child.wait(timeoutMs);
  return { ...ending, stdout: child.lines('stdout').join('\n'), stderr: child.lines('stderr').join('\n') };
}

/** Whether programs of the root see that root alone. */
export async function isRooted(): Promise<boolean> {
  return (await findUnshare()).length > 0;
}

let found: Promise<string[]> | undefined;

/** The command that gives a program mounts of its own, as root or in a user namespace; empty where both are refused. */
function findUnshare(): Promise<string[]> {
  found ??= (async () => {
    for (const flags of [['--mount'], ['--user', '--map-root-user', '--mount']]) {
      const trial = await runCommand('unshare', [...flags, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'], {
        timeoutMs: 10_000,
      });
      if (trial.status === 0) return ['unshare', ...flags];
    }
    return [];
  })();
  return found;
}

/** A shell script that mounts everything in a namespace of its own, then becomes the command in its arguments. */
function describeMounts(root: string, mounts: Record<string, string>): string {
  const quote = (path: string) => `'${path.replaceAll("'", "'\\''")}'`;
  const inRoot = (path: string) => quote(join(root, path));
  return [
    `mount --bind ${quote(root)} ${quote(root)}`,
    `mount -o remount,bind,ro ${quote(root)}`,
    `mount --rbind /proc ${inRoot('proc')}`,
    `mount -t tmpfs tmpfs ${inRoot('tmp')}`,
    ...RECIPE.devices.map((device) => `mount --bind /dev/${device} ${inRoot(`dev/${device}`)}`),
    ...Object.entries(mounts).map(([path, host]) => `mount --bind ${quote(host)} ${inRoot(path)}`),
    'exec "$@"',
  ].join('\n');
}

/** Without a chroot: the host's paths for the mounts', also behind a `NAME=` and in lists. */
function translatePath(text: string, mounts: Record<string, string>): string {
  return text.replaceAll(/(?<=^|[=:,])\/[^:,]*/g, (path) => {
    const mount = Object.keys(mounts).find((client) => path === client || path.startsWith(`${client}/`));
    return mount === undefined ? path : `${mounts[mount]}${path.slice(mount.length)}`;
  });
}
