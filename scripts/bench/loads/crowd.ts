import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { runChild } from '../../../test/support/child.ts';
import type { Bench } from '../context.ts';
import { timeoutMs } from '../support.ts';
import { small } from './pictures.ts';
import { StreamWatch } from './stream-watch.ts';

/** Of one sender. */
export const crowdRate = 30;
/** The most senders that a receiver with `crowdOptions` accepts. */
export const maxCrowd = 5000;
/** Let a receiver accept a crowd from one address. */
export const crowdOptions: readonly string[] = [
  ...['--max-senders', `${maxCrowd}`],
  ...['--max-per-address', `${maxCrowd}`],
  ...['--quiet', '--port', '0'],
];

const program = join(import.meta.dirname, '../peers/crowd.ts');

export interface CrowdResult {
  /** Frames that the senders dropped. */
  readonly dropped: number;
  /** The longest time that the process of the senders came too late: where it is long, that process may be the limit. */
  readonly lateMs: number;
}

/** Plays so many senders of *latest* in one process, named `cam-0`, `cam-1` and so on, for so many seconds after a warm-up of one. */
export async function playCrowd(bench: Bench, port: string, senders: number, seconds: number): Promise<CrowdResult> {
  const args = [program, port, `${senders}`, `${seconds}`, `${crowdRate}`, await bench.pictures(small)];
  const { stdout } = await runChild(process.execPath, args, seconds * 1000 + timeoutMs);
  return JSON.parse(stdout) as CrowdResult;
}

/** Watches `cam-0` on a page as soon as that sender is there: before its first frame the page knows no such camera. */
export async function watchFirst(page: string): Promise<StreamWatch> {
  const endMs = performance.now() + timeoutMs;
  while (!(await fetch(`${page}/snapshot/cam-0.jpg`)).ok) {
    if (performance.now() > endMs) throw new Error(`Cannot watch cam-0: no frame of it came in ${timeoutMs} ms`);
    await delay(20);
  }
  return new StreamWatch(`${page}/stream/cam-0`);
}
