import { startOfScan } from './jpeg-markers.ts';

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
  // In the data of a scan 00 or a restart marker follows each FF, so that data never counts.
  for (let at = jpeg.indexOf(0xff); at >= 0 && scans <= max; at = jpeg.indexOf(0xff, at + 1)) {
    if (jpeg[at + 1] === startOfScan) scans++;
  }
  return scans;
}
