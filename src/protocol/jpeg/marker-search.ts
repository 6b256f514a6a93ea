import { isRestart } from './jpeg-markers.ts';
import { createMarkerKernel, type MarkerKernel } from './marker-kernel.ts';

/** For fewer bytes it is not worth a copy. */
const minKernelBytes = 256;
/** In the head of a JPEG the next marker is near: no more is copied at first. */
const firstBytes = 1024;

/** Null: this runtime cannot run it. Undefined: not tried yet. */
let shared: MarkerKernel | null | undefined;

/**
 * Searches the data of a scan, in which 00 or a restart marker follows each FF, for its end.
 *
 * A JPEG is mostly such data, and has hundreds of FF: to go from one to the next is a large part of
 * the work of a sender that forwards a pipe. So this looks at sixteen bytes at a time where the
 * runtime can do that.
 * @returns the position of the first FF, from `at` on, behind which anything else comes, or nothing
 * yet; the length of `bytes` where there is none
 */
export function findMarker(bytes: Uint8Array, at: number): number {
  if (shared === undefined) shared = createMarkerKernel();
  return findMarkerWith(shared, bytes, at);
}

/** The same as `findMarker`. @param kernel null: byte by byte */
export function findMarkerWith(kernel: MarkerKernel | null, bytes: Uint8Array, at: number): number {
  return kernel === null || bytes.length - at < minKernelBytes
    ? findByByte(bytes, at)
    : findInSixteens(kernel, bytes, at);
}

function findInSixteens({ memory, maxBytes, skip }: MarkerKernel, bytes: Uint8Array, at: number): number {
  let count = 0;
  for (let from = at; from < bytes.length; from += count) {
    count = Math.min(from === at ? firstBytes : maxBytes, bytes.length - from);
    // The byte behind them says whether the last one begins a marker.
    memory.set(bytes.subarray(from, from + count + 1));
    if (from + count === bytes.length) memory[count] = 0xff;
    const skipped = skip(count);
    if (skipped < count) {
      const found = findByByte(bytes, from + skipped);
      // Bytes of an earlier search lie behind the last ones.
      if (found < from + count) return found;
    }
  }
  return bytes.length;
}

function findByByte(bytes: Uint8Array, at: number): number {
  let found = bytes.indexOf(0xff, at);
  while (found >= 0) {
    const code = bytes[found + 1];
    if (code !== 0 && (code === undefined || !isRestart(code))) return found;
    found = bytes.indexOf(0xff, found + 2);
  }
  return bytes.length;
}
