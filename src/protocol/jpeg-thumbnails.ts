import { isFrameHeader, isSegment } from './jpeg-markers.ts';

/** How segments begin that hold a thumbnail: EXIF's, JFIF's extension, Photoshop's. */
const thumbnailSegments: readonly string[] = ['Exif', 'JFXX', 'Phot'];

/** How many JPEGs within the segment for applications from `at` (its length) to `end` are its own, at the most. */
export function countThumbnails(jpeg: Uint8Array, at: number, end: number): number {
  const code = jpeg[end + 1] ?? 0;
  // It is whole, as another follows.
  const isWhole = jpeg[end] === 0xff && (code === 0xff || isSegment(code) || isFrameHeader(code));
  if (isWhole) return Number.POSITIVE_INFINITY;
  const name = String.fromCharCode(...jpeg.subarray(at + 2, at + 6));
  return thumbnailSegments.includes(name) ? 1 : 0;
}
