import { open } from 'node:fs/promises';
import { Semaphore } from '../../system/semaphore.ts';

/** An open file, as far as it is needed here. */
export interface SyncedHandle {
  sync(): Promise<void>;
}

/** Has on the disk itself what the system would else keep in memory for some seconds more. */
export interface DiskSync {
  /** All that was written to the file. @param file its path, or its handle @throws the system's error */
  file(file: string | SyncedHandle): Promise<void>;
  /** The names in the folder: a file that is new, or has another name, is on the disk then only. @throws the system's error */
  folder(path: string): Promise<void>;
}

/** Threads of the twelve that it takes: others are to be left when a disk hangs. File systems do several syncs at once as one. */
const maxAtOnce = 4;
/** What file systems say of a folder that they cannot sync, or that is gone with what was in it. */
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
