import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { timeoutMs } from '../support.ts';

/** A process that is looked at: a child of the bench, or of one of these. */
export interface Watched {
  readonly pid: number;
  /** Only its first thread is looked at: in a program of Node that runs the event loop. */
  readonly isMainOnly?: boolean;
}

/** Seconds of a core, in the program and in the kernel for it, that its threads have had; those that have ended do not count. */
export async function readCpuSeconds({ pid, isMainOnly = false }: Watched): Promise<number> {
  const threads = isMainOnly ? [`${pid}`] : await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(threads.map((thread) => readThread(`/proc/${pid}/task/${thread}/schedstat`)));
  return times.reduce((sum, ns) => sum + ns, 0) / 1e9;
}

async function readThread(path: string): Promise<number> {
  // A thread may end meanwhile.
  return Number((await readFile(path, 'utf8').catch(() => '0')).split(' ')[0]);
}

/** Until programs at the rate of a camera are warm and their clocks compared. */
const warmUpMs = 5000;

/**
 * Milliseconds of a core that each of these processes takes a frame, over so many seconds after a warm-up.
 * @param countFrames frames so far
 */
export async function measureCpu<Key extends string>(
  processes: Readonly<Record<Key, Watched>>,
  countFrames: () => number,
  seconds: number,
): Promise<Record<Key, number>> {
  await waitForFrame(countFrames);
  await delay(Math.min(warmUpMs, seconds * 1000));
  const [before, framesBefore] = [await readAll(processes), countFrames()];
  await delay(seconds * 1000);
  const [after, frames] = [await readAll(processes), countFrames() - framesBefore];
  if (!(frames > 0)) throw new Error(`Cannot compute the cost of a frame: no frame came in ${seconds} s`);
  const costs = Object.keys(processes).map((key) => [key, ((after[key] ?? 0) - (before[key] ?? 0)) * (1000 / frames)]);
  return Object.fromEntries(costs);
}

async function waitForFrame(countFrames: () => number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(countFrames() > 0)) {
    if (performance.now() > endMs)
      throw new Error(`Cannot compute the cost of a frame: no frame came in ${timeoutMs} ms`);
    await delay(20);
  }
}

/** Seconds that a pair at the rate of a camera has to work for `measureCpu`. */
export function lastingSeconds(seconds: number): number {
  return Math.min(warmUpMs / 1000, seconds) + seconds + 5;
}

async function readAll(processes: Readonly<Record<string, Watched>>): Promise<Record<string, number>> {
  const entries = Object.entries(processes).map(async ([key, one]) => [key, await readCpuSeconds(one)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Counts frames that come at a steady rate, by the clock. */
export function countByClock(framesPerSecond: number): () => number {
  return () => (performance.now() / 1000) * framesPerSecond;
}

/**
 * Resident memory in MB.
 * @param field of `/proc/PID/status`; `RssAnon`: without the pages of files
 */
export async function readMegabytes({ pid }: Watched, field: 'VmRSS' | 'RssAnon' = 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
}
