import { startOfScan } from './jpeg-markers.ts';
import { findMarker } from './marker-search.ts';

/**
 * Counts the markers of scans in a JPEG, up to one more than `max`. Markers within segments count
 * too: decoders differ in what they read behind a broken marker, and one of them may find a scan
 * there.
 *
 * A scan of 35 bytes costs a decoder a pass over the whole picture: some kilobytes of them would
 * keep it busy for minutes.
 */
export function countScans(jpeg: Uint8Array, max: number): number {
  let scans = 0;
  for (let at = findMarker(jpeg, 0); at < jpeg.length && scans <= max; at = findMarker(jpeg, at + 1)) {
    if (jpeg[at + 1] === startOfScan) scans++;
  }
  return scans;
}
