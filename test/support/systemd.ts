import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { installPackages } from '../../scripts/debian/install.ts';
import { runChild } from './child.ts';
import { scaleMs } from './speed.ts';

const patientMs = scaleMs(30_000);

/** The complaints of systemd about a unit file; empty when it has none. The unit's program has to be there. */
export function verifyUnit(text: string): Promise<string> {
  return inFolder({ 'test.service': text }, async (folder) => {
    const { stderr } = await runChild('systemd-analyze', ['verify', '--man=no', `${folder}/test.service`], patientMs);
    return stderr;
  });
}

/** systemd's score of a unit file: 0 can do no harm at all, 10 anything. */
export function scoreUnit(text: string): Promise<number> {
  return inFolder({ 'test.service': text }, async (folder) => {
    const args = ['security', '--offline=true', '--no-pager', `${folder}/test.service`];
    const { stdout } = await runChild('systemd-analyze', args, patientMs);
    const [, score] = /Overall exposure level for test\.service: ([\d.]+) /.exec(stdout) ?? [];
    if (score === undefined) throw new Error(`Cannot find the score in: ${stdout.slice(-300)}`);
    return Number(score);
  });
}

/** The command lines that systemd itself reads in lines of ExecStart=, as words; `$` is left to the moment of the start. */
export function readCommandLines(lines: readonly string[]): Promise<string[][]> {
  const names = lines.map((_, i) => `test-${i}.service`);
  const units = Object.fromEntries(lines.map((line, i) => [names[i], `[Service]\nExecStart=${line}\n`]));
  const target = `[Unit]\nWants=${names.join(' ')}\n`;
  return inFolder({ ...units, 'test.target': target }, async (folder) => {
    // It wants a user's own folder, and no root.
    const user = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    await chmod(folder, 0o777);
    const systemd = ['/lib/systemd/systemd', '--test', '--user', '--unit=test.target', '--log-level=warning'];
    const { stdout } = await runChild('env', [...user, ...systemd], patientMs, {
      env: { SYSTEMD_UNIT_PATH: `${folder}:`, XDG_RUNTIME_DIR: folder, HOME: folder },
    });
    return names.map((name) => {
      const dump = stdout.split(`-> Unit ${name}:`)[1] ?? '';
      return splitShown(/Command Line: ([^\n]*)/.exec(dump)?.[1] ?? '');
    });
  });
}

/** Words as systemd shows them: where needed in double quotes, with backslashes before what means something to a shell. */
function splitShown(line: string): string[] {
  const words = line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word));
}

async function inFolder<T>(files: Record<string, string>, work: (folder: string) => Promise<T>): Promise<T> {
  await installPackages(['systemd'], 'checking units');
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-units-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
