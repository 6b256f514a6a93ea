import { isFrameHeader, isSegment } from './jpeg-markers.ts';

/** How segments begin that hold a thumbnail: EXIF's, JFIF's extension, Photoshop's. */
const thumbnailSegments: readonly string[] = ['Exif', 'JFXX', 'Phot'];

/**
 * How many JPEGs within a segment for applications are its own, at the most.
 * @param name the four bytes behind its length
 * @param behind the two bytes behind it, as far as they have come
 */
export function countThumbnails(name: Uint8Array, [first = 0, code = 0]: Uint8Array): number {
  // It is whole, as another follows.
  const isWhole = first === 0xff && (code === 0xff || isSegment(code) || isFrameHeader(code));
  if (isWhole) return Number.POSITIVE_INFINITY;
  return thumbnailSegments.includes(String.fromCharCode(...name)) ? 1 : 0;
}
