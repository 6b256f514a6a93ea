import { isFrameHeader, isSegment } from './jpeg-markers.ts';

/** How segments begin that hold a thumbnail: EXIF's, JFIF's extension, Photoshop's. */
const thumbnailSegments: readonly string[] = ['Exif', 'JFXX', 'Phot'];

/**
 * How many JPEGs within a segment for applications are its own, at the most.
 * @param segment from its length on, as far as it has come, and the two bytes behind it
 * @param length so long it says to be
 */
export function countThumbnails(segment: Uint8Array, length: number): number {
  const code = segment[length + 1] ?? 0;
  // It is whole, as another follows.
  const isWhole = segment[length] === 0xff && (code === 0xff || isSegment(code) || isFrameHeader(code));
  if (isWhole) return Number.POSITIVE_INFINITY;
  const name = String.fromCharCode(...segment.subarray(2, 6));
  return thumbnailSegments.includes(name) ? 1 : 0;
}
