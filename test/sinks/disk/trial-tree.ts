import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Retention, type RetentionSettings } from '../../../src/sinks/disk/retention.ts';
import type { Log } from '../../../src/system/log.ts';
import { LineLog } from '../../support/trial-log.ts';

export const hour = 3_600_000;
/** The fewest bytes that a file takes. */
export const block = 4096;

/** Clocks that a test sets, and that it lets go on. */
export function makeClocks(aheadMs = 0) {
  let [setMs, passedMs] = [aheadMs, 0];
  return {
    readWallMs: () => Date.now() + setMs + passedMs,
    readSteadyMs: () => performance.now() + passedMs,
    set: (ms: number) => {
      setMs += ms;
    },
    pass: (ms: number) => {
      passedMs += ms;
    },
  };
}

/** A folder with pictures, and what keeps it in bounds. */
export async function makeTree() {
  const directory = await mkdtemp(join(tmpdir(), 'is-retention-'));
  const log = new LineLog();
  const { lines } = log;
  /** A file that was written so many hours ago. */
  const put = async (path: string, bytes: number, hoursAgo: number) => {
    const whole = join(directory, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, new Uint8Array(bytes));
    const time = new Date(Date.now() - hoursAgo * hour);
    await utimes(whole, time, time);
  };
  const isOurs = (path: string) => path.endsWith('.jpg');
  /** @param to undefined: the log of the tree */
  const open = (settings: Partial<RetentionSettings>, to: Log = log) =>
    Retention.open({ directory, option: 'record', isOurs, keepFreeBytes: 0, ...settings }, to);
  const write = async (retention: Retention, path: string, bytes: number) => {
    const write = async () => {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), new Uint8Array(bytes));
    };
    return retention.write(path, bytes, write);
  };
  const list = async () => {
    const entries = await readdir(directory, { recursive: true });
    return entries.filter((path) => path.includes('.')).sort();
  };
  const close = () => rm(directory, { recursive: true });
  return { directory, lines, put, open, write, list, [Symbol.asyncDispose]: close };
}
