import { startOfScan } from './jpeg-markers.ts';

/**
 * How many scans a JPEG has, as far as it takes to know that there are more than `most`.
 *
 * A scan of 35 bytes costs a decoder a pass over the whole picture: some kilobytes of them would keep it busy for minutes.
 */
export function countScans(jpeg: Uint8Array, max: number): number {
  let scans = 0;
  // Within a scan each FF is followed by 00 or a restart marker, so that none is counted that is not there.
  for (let at = jpeg.indexOf(0xff); at >= 0 && scans <= max; at = jpeg.indexOf(0xff, at + 1)) {
    if (jpeg[at + 1] === startOfScan) scans++;
  }
  return scans;
}
