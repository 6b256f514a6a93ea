import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../../test/support/child.ts';
import { installPackages } from '../../debian/install.ts';
import { timeoutMs } from '../support.ts';
import type { Watched } from './cpu.ts';

/** System calls of all threads of a process in a second, by name. @throws Error if strace may not look at it */
export async function countCalls({ pid }: Watched, seconds: number): Promise<Map<string, number>> {
  await installPackages(['strace'], 'the bench of system calls');
  await using strace = new Child('strace', ['-f', '-c', '-p', `${pid}`]);
  await strace.waitForLine('stderr', /attached/, timeoutMs);
  const startMs = performance.now();
  await delay(seconds * 1000);
  strace.signal('SIGINT');
  const passedS = (performance.now() - startMs) / 1000;
  await strace.wait(timeoutMs);
  return new Map([...readCounts(strace.lines('stderr'))].map(([name, count]) => [name, count / passedS]));
}

/** Reads the table of `strace -c`: its fourth column are the calls, its last the name; a column of errors may be empty. */
export function readCounts(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const [, calls = '', name = ''] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/.exec(line) ?? [];
    if (name !== '' && name !== 'total') counts.set(name, Number(calls));
  }
  return counts;
}
