import { readFile } from 'node:fs/promises';
import { cpus, loadavg, release } from 'node:os';
import process from 'node:process';
import { requireCommand } from '../../debian/command.ts';
import { projectRoot } from '../../native/project.ts';

/** The machine that figures come from. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly kernel: string;
  readonly node: string;
  /** Programs that wanted a core, over the minute before the first row. */
  readonly loadBefore: number;
}

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

export async function readMachine(): Promise<Machine> {
  const memoryKb = Number(/MemTotal:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]);
  const cores = cpus();
  return {
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGB: Math.round(memoryKb / 1e6),
    kernel: release(),
    node: process.version,
    loadBefore: readLoad(),
  };
}

export function formatMachine({
  processor,
  cores,
  memoryGB,
  kernel,
  node,
  loadBefore,
}: Omit<Machine, 'loadBefore'> & { readonly loadBefore?: number }): string {
  const load = loadBefore === undefined ? '' : `, load before ${loadBefore}`;
  return `${cores} cores of ${processor}, ${memoryGB} GB, Linux ${kernel}, Node ${node}${load}`;
}

/** How many programs wanted a core, over the last minute; to one digit. */
export function readLoad(): number {
  return Math.round((loadavg()[0] ?? Number.NaN) * 10) / 10;
}
