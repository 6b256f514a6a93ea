import type { FrameLimits } from '../frame.ts';
import { ownBytes } from '../owned-bytes.ts';
import { beginsWithSoi, soiBytes } from './jpeg-markers.ts';
import { findExcess } from './jpeg-problems.ts';
import { JpegScanner } from './jpeg-scanner.ts';
import type { PictureSize } from './jpeg-size.ts';
import { insertStandardTables, standardTablesBytes } from './jpeg-tables.ts';
import type { SkippedBytes } from './skipped-bytes.ts';

/** A JPEG that may be passed on: from its SOI to its EOI, with Huffman tables. */
export interface WholeJpeg extends PictureSize {
  readonly jpeg: Uint8Array;
}

export type SkippedJpeg = Omit<SkippedBytes, 'type'>;

/** The results of the scan of a JPEG. */
type Scanned = Pick<JpegScanner, 'length' | 'size' | 'scanAt' | 'lacksTables'>;

const noSize: PictureSize = { width: 0, height: 0 };

/**
 * The JPEG that those bytes begin with, or why it cannot be passed on.
 *
 * The end is looked for from the front: the bytes behind it may well end an older, longer picture.
 */
export function readWholeJpeg(bytes: Uint8Array, limits: FrameLimits): WholeJpeg | SkippedJpeg {
  const skip = (code: SkippedJpeg['code'], reason: string): SkippedJpeg => ({ bytes: bytes.length, code, reason });
  if (bytes.length === 0) return skip('NOT_JPEG', 'a JPEG is empty');
  if (!beginsWithSoi(bytes)) return skip('NOT_JPEG', 'a JPEG does not begin with FF D8');
  const scanner = new JpegScanner();
  const end = scanner.scan(bytes, soiBytes);
  if (scanner.state === 'broken') return skip('NOT_JPEG', `a JPEG is broken: ${scanner.problem}`);
  if (scanner.state !== 'whole') return skip('TORN_FRAME', 'a JPEG is torn');
  const excess = findExcess(measureWhole(scanner), limits);
  if (excess !== undefined) return skip(excess.code, excess.reason);
  return completeJpeg(bytes.subarray(0, end), scanner);
}

/** The length and size that a whole JPEG has once it has Huffman tables. */
export function measureWhole({ length, size = noSize, lacksTables }: Scanned): { length: number; size: PictureSize } {
  return { length: length + (lacksTables ? standardTablesBytes : 0), size };
}

/**
 * A whole JPEG with the standard Huffman tables where it has none, and else as it is, in memory of
 * its own.
 * @param minShare as for `ownBytes`
 */
export function completeJpeg(
  jpeg: Uint8Array,
  { scanAt, size = noSize, lacksTables }: Scanned,
  minShare?: number,
): WholeJpeg {
  return { jpeg: lacksTables ? insertStandardTables(jpeg, scanAt) : ownBytes(jpeg, minShare), ...size };
}
