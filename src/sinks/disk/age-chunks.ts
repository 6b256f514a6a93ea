import type { KeptFile } from './files.ts';
import { type PackedFiles, packFiles, unpackFiles } from './packed-files.ts';

/** Some hundred files that follow each other by age. */
export interface AgeChunk {
  /** No file of the chunk is older than this one. */
  readonly from: KeptFile;
  readonly packed: PackedFiles;
  /** Files that came since, in any order. */
  readonly loose: KeptFile[];
}

/** Below 0: `a` is older. Files of the same time are in the order of their paths. */
export function compareAge(a: KeptFile, b: KeptFile): number {
  if (a.writtenAtMs !== b.writtenAtMs) return a.writtenAtMs - b.writtenAtMs;
  return a.path === b.path ? 0 : a.path < b.path ? -1 : 1;
}

/** The number of the first items, all those for which `isBefore` is true. */
export function findPlace<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let [begin, end] = [0, items.length];
  while (begin < end) {
    const middle = (begin + end) >>> 1;
    if (isBefore(items[middle] as T)) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

/**
 * Chunks of at least so many files and of less than twice as many; one that is smaller where there
 * are fewer.
 * @param files in their order
 */
export function chunkFiles(files: readonly KeptFile[], minFiles: number): AgeChunk[] {
  const count = Math.max(1, Math.floor(files.length / minFiles));
  const bounds = Array.from({ length: count + 1 }, (_, i) => Math.round((i * files.length) / count));
  return bounds.slice(1).flatMap((end, i) => {
    const part = files.slice(bounds[i], end);
    return part[0] === undefined ? [] : [{ from: part[0], packed: packFiles(part), loose: [] }];
  });
}

/** All files of a chunk, in their order. */
export function filesOf({ packed, loose }: AgeChunk): KeptFile[] {
  const files = unpackFiles(packed);
  return loose.length === 0 ? files : [...files, ...loose].sort(compareAge);
}
