import { startOfScan } from './jpeg-markers.ts';
import { findMarker } from './marker-search.ts';

/** Behind a marker the next one is often near: a call for each would cost more than the bytes. */
const nearBytes = 256;

/**
 * Counts the markers of scans in a JPEG, up to one more than `max`. Markers within segments count
 * too: decoders differ in what they read behind a broken marker, and one of them may find a scan
 * there.
 *
 * A scan of 35 bytes costs a decoder a pass over the whole picture: some kilobytes of them would
 * keep it busy for minutes. The work of the count is in proportion to the bytes, whatever
 * is in it.
 */
export function countScans(jpeg: Uint8Array, max: number): number {
  let [scans, at] = [0, 0];
  while (at < jpeg.length) {
    const near = Math.min(at + nearBytes, jpeg.length);
    let previous = 0;
    for (; at < near; at++) {
      const byte = jpeg[at] as number;
      if (byte === startOfScan && previous === 0xff && ++scans > max) return scans;
      previous = byte;
    }
    // The last byte may be the FF of a marker.
    if (at < jpeg.length) at = findMarker(jpeg, at - 1);
  }
  return scans;
}
