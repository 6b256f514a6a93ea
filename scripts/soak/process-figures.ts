import { readdir, readFile } from 'node:fs/promises';

/** One look at a process. */
export interface ProcessFigures {
  readonly rssBytes: number;
  /** Open descriptors. */
  readonly handles: number;
  readonly threads: number;
}

/** Undefined where there is no such process. */
export async function readProcess(pid: number): Promise<ProcessFigures | undefined> {
  try {
    const [status, handles] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), readdir(`/proc/${pid}/fd`)]);
    const [, rss] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    const [, threads] = /^Threads:\s+(\d+)$/m.exec(status) ?? [];
    if (rss === undefined) return undefined;
    return { rssBytes: Number(rss) * 1024, handles: handles.length, threads: Number(threads) };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
