import { readdir, readFile } from 'node:fs/promises';

/** One look at a process. */
export interface ProcessFigures {
  readonly rssBytes: number;
  /** The part of it that is not pages of files, which the kernel can drop. */
  readonly ownBytes: number;
  /** Open descriptors. */
  readonly handles: number;
  readonly threads: number;
}

/** Undefined where there is no such process. */
export async function readProcess(pid: number): Promise<ProcessFigures | undefined> {
  try {
    const [status, handles] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), readdir(`/proc/${pid}/fd`)]);
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
    const rssBytes = read('VmRSS') * 1024;
    // A process that has ended, and waits for its parent, has no memory.
    if (Number.isNaN(rssBytes)) return undefined;
    return { rssBytes, ownBytes: read('RssAnon') * 1024, handles: handles.length, threads: read('Threads') };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
