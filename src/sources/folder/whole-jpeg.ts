import type { CapturedFrame, FrameLimits } from '../../protocol/frame.ts';
import { startOfImage } from '../../protocol/jpeg/jpeg-markers.ts';
import { findExcess } from '../../protocol/jpeg/jpeg-problems.ts';
import { JpegScanner } from '../../protocol/jpeg/jpeg-scanner.ts';
import { insertStandardTables, standardTablesBytes } from '../../protocol/jpeg/jpeg-tables.ts';
import type { SkippedBytes } from '../../protocol/jpeg/skipped-bytes.ts';

const soiBytes = 2;

export type WholeJpeg = Pick<CapturedFrame, 'jpeg' | 'width' | 'height'>;
export type SkippedJpeg = Omit<SkippedBytes, 'type'>;

/**
 * The JPEG that those bytes begin with, ready to send: as it is, but for what stands behind its EOI, and with the standard Huffman tables
 * where it has none. Or why it cannot be sent.
 *
 * Its end is looked for from the front: what lies behind may well be the end of an older, longer picture.
 */
export function readWholeJpeg(bytes: Uint8Array, limits: FrameLimits): WholeJpeg | SkippedJpeg {
  const skip = (code: SkippedJpeg['code'], reason: string): SkippedJpeg => ({ bytes: bytes.length, code, reason });
  if (bytes.length === 0) return skip('NOT_JPEG', 'a JPEG is empty');
  if (bytes[0] !== 0xff || bytes[1] !== startOfImage) return skip('NOT_JPEG', 'a JPEG does not begin with FF D8');
  const scanner = new JpegScanner();
  const end = scanner.scan(bytes, soiBytes);
  if (scanner.state === 'broken') return skip('NOT_JPEG', `a JPEG is broken: ${scanner.problem}`);
  if (scanner.state !== 'whole' || scanner.size === undefined) return skip('TORN_FRAME', 'a JPEG is torn');
  const length = end + (scanner.lacksTables ? standardTablesBytes : 0);
  const excess = findExcess({ length, size: scanner.size }, limits);
  if (excess !== undefined) return skip(excess.code, excess.reason);
  const whole = bytes.subarray(0, end);
  return { jpeg: scanner.lacksTables ? insertStandardTables(whole, scanner.scanAt) : whole, ...scanner.size };
}
