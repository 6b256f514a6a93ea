import { readFile } from 'node:fs/promises';
import { cpus, loadavg, release } from 'node:os';
import { requireCommand } from '../../debian/command.ts';
import { projectRoot } from '../../native/project.ts';

export async function describeCommit(commit: string): Promise<string> {
  return (await git('log', '-1', '--format=%h %s', commit)).trim();
}

export async function describeTree(): Promise<string> {
  const changes = await git('status', '--porcelain');
  return `${await describeCommit('HEAD')}${changes === '' ? '' : ', with changes that are not committed'}`;
}

function git(...args: readonly string[]): Promise<string> {
  return requireCommand('Asking Git', 'git', ['-C', projectRoot, ...args]);
}

export async function describeMachine(): Promise<string> {
  const memoryKb = Number(/MemTotal:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]);
  const cores = cpus();
  return `${cores.length} cores of ${cores[0]?.model.trim()}, ${(memoryKb / 1e6).toFixed(0)} GB, Linux ${release()}, load ${readLoad()}`;
}

/** How many programs wanted a core, over the last minute. */
export function readLoad(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(1);
}
