import { ProtocolError } from './errors.ts';
import { endOfImage, isFrameHeader, isSegment, isStandalone, startOfScan } from './jpeg-markers.ts';

/** Pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The size in a JPEG's frame header (SOF marker; ITU-T T.81, B.2.2), found by walking the markers from the start.
 *
 * Reading it before a decode is what keeps a few hostile bytes from claiming gigabytes of picture.
 * @throws ProtocolError NOT_JPEG
 */
export function readJpegSize(jpeg: Uint8Array): PictureSize {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) throw notJpeg('it does not begin with FF D8');
  let at = 2;
  while (at + 4 <= jpeg.length) {
    if (jpeg[at] !== 0xff) throw notJpeg(`there is no marker at byte ${at}`);
    const marker = jpeg[at + 1] as number;
    if (isFrameHeader(marker)) return readFrameHeader(jpeg, at);
    at += segmentLength(jpeg, at, marker);
  }
  throw notJpeg('it ends before its frame header');
}

/** Bytes from the marker at `at` to the next one. */
function segmentLength(jpeg: Uint8Array, at: number, marker: number): number {
  if (marker === 0xff) return 1;
  if (isStandalone(marker)) return 2;
  if (!isSegment(marker)) throw notJpeg(`there is no marker that may stand at byte ${at}`);
  if (marker === startOfScan || marker === endOfImage) throw notJpeg(`there is no frame header before byte ${at}`);
  const length = readUint16(jpeg, at + 2);
  if (length < 2) throw notJpeg(`the segment at byte ${at} has length ${length}`);
  return 2 + length;
}

function readFrameHeader(jpeg: Uint8Array, at: number): PictureSize {
  if (at + 9 > jpeg.length) throw notJpeg('it ends within its frame header');
  const height = readUint16(jpeg, at + 5);
  const width = readUint16(jpeg, at + 7);
  if (width === 0 || height === 0) throw notJpeg(`its frame header says ${width}x${height}`);
  return { width, height };
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function notJpeg(reason: string): ProtocolError {
  return new ProtocolError('NOT_JPEG', `Cannot read the body of a frame as it must be a JPEG: ${reason}`);
}
