import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file in a folder that is kept in bounds. */
export interface KeptFile {
  /** The path, from that folder on. */
  readonly path: string;
  /** Bytes that it takes on the disk, in whole blocks. */
  readonly bytes: number;
  /** When it was last written to: milliseconds since 1970. */
  readonly writtenAtMs: number;
  /** It has other names too (hard links), so that deleting it here frees no room. */
  readonly isShared?: boolean;
}

/** `stat` counts blocks of this size, whatever the blocks of the file system are. */
const statBlockBytes = 512;

type OnError = (path: string, error: unknown) => void;

/**
 * The files under `root` whose path from there on is ours. Follows no symbolic link. Skips what
 * cannot be read, and reports it to `onError`.
 * @param signal ends the list when it aborts
 */
export async function* listFiles(
  root: string,
  isOurs: (path: string) => boolean,
  onError: OnError,
  signal: AbortSignal,
): AsyncGenerator<KeptFile> {
  for await (const path of listPaths(root, onError)) {
    if (signal.aborted) return;
    const file = isOurs(path) ? await measure(root, path, onError) : undefined;
    if (file !== undefined) yield file;
  }
}

/** The paths of all files under `root`, from there on. Follows no symbolic link. */
export async function* listPaths(root: string, onError: OnError): AsyncGenerator<string> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of listEntries(join(root, folder), onError)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

async function* listEntries(folder: string, onError: OnError): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (!isGone(error)) onError(folder, error);
  }
}

/** Bytes that a file takes: some file systems know the blocks only a while after the bytes. */
export function takenBytes({ size, blocks }: Pick<Stats, 'size' | 'blocks'>): number {
  return Math.max(size, blocks * statBlockBytes);
}

/** Undefined where the file is gone, or cannot be read. */
async function measure(root: string, path: string, onError: OnError): Promise<KeptFile | undefined> {
  try {
    const stats = await lstat(join(root, path));
    return { path, bytes: takenBytes(stats), writtenAtMs: stats.mtimeMs, isShared: stats.nlink > 1 };
  } catch (error) {
    if (!isGone(error)) onError(join(root, path), error);
    return undefined;
  }
}

export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
