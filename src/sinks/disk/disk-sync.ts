import { open } from 'node:fs/promises';
import { Semaphore } from '../../system/semaphore.ts';

/** The part of an open file that is needed here. */
export interface SyncedHandle {
  sync(): Promise<void>;
}

/** Has the system write to the disk what it would keep in memory for some more seconds. */
export interface DiskSync {
  /**
   * Syncs all bytes that were written to a file.
   * @param file its path, or its handle
   * @throws the system's error
   */
  file(file: string | SyncedHandle): Promise<void>;
  /**
   * Syncs the names in a folder: a new or renamed file is on the disk only after that.
   * @throws the system's error
   */
  folder(path: string): Promise<void>;
}

/**
 * Syncs take at most so many of the twelve threads: others stay free when a disk hangs. File
 * systems do several syncs at once as one.
 */
const maxAtOnce = 4;
/**
 * Errors of file systems that cannot sync a folder, and of a folder that is gone with its files.
 */
const harmless: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF', 'ENOENT']);

export function makeDiskSync(): DiskSync {
  const semaphore = new Semaphore(maxAtOnce);
  return {
    file: (file) => semaphore.run(() => (typeof file === 'string' ? syncPath(file) : file.sync())),
    folder: (path) =>
      semaphore
        .run(() => syncPath(path))
        .catch((error: NodeJS.ErrnoException) => {
          if (!harmless.has(error.code)) throw error;
        }),
  };
}

async function syncPath(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}
