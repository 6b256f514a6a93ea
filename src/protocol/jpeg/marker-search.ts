import { isRestart } from './jpeg-markers.ts';
import { createMarkerKernel, type MarkerKernel } from './marker-kernel.ts';

/**
 * So many bytes are looked at one by one first. A copy to the kernel costs as much as two hundred
 * of them: a stranger may send a marker every second byte, and each would cost such a copy.
 */
const nearBytes = 64;
/** For fewer bytes it is not worth a copy. */
const minKernelBytes = 256;
/** No more is copied at first, as a marker may still be near. */
const firstBytes = 1024;
/** Bytes that the kernel looks at together. */
const kernelStep = 16;

/** Null: this runtime cannot run it. Undefined: not tried yet. */
let shared: MarkerKernel | null | undefined;

/**
 * Searches the data of a scan, in which 00 or a restart marker follows each FF, for its end.
 *
 * A JPEG is mostly such data, and has hundreds of FF: to go from one to the next is a large part of
 * the work of a sender that forwards a pipe. So this looks at sixteen bytes at a time where the
 * runtime can do that. The work is in proportion to the bytes that are passed.
 * @returns the position of the first FF, from `at` on, behind which anything else comes, or nothing
 * yet; the length of `bytes` where there is none
 */
export function findMarker(bytes: Uint8Array, at: number): number {
  if (shared === undefined) shared = createMarkerKernel();
  return findMarkerWith(shared, bytes, at);
}

/** The same as `findMarker`. @param kernel null: byte by byte */
export function findMarkerWith(kernel: MarkerKernel | null, bytes: Uint8Array, at: number): number {
  const isLong = kernel !== null && bytes.length - at >= minKernelBytes;
  const near = isLong ? at + nearBytes : bytes.length;
  const found = findByByte(bytes, at, near);
  return isLong && found === near ? findInSixteens(kernel, bytes, near) : found;
}

/**
 * Goes over fill bytes: any number of FF may come before a marker (ITU-T T.81, B.1.1.2).
 * @returns the position of the first byte, from `at` on, that is not FF; the length of `bytes`
 * where there is none
 */
export function skipFill(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && bytes[next] === 0xff) next++;
  return next;
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
      const end = Math.min(from + skipped + kernelStep, bytes.length);
      const found = findByByte(bytes, from + skipped, end);
      // None is there where the kernel saw one in bytes of an earlier search, behind the last ones.
      if (found < end) return found;
    }
  }
  return bytes.length;
}

/** Looks at the bytes before `end`; gives `end` where none of them begins a marker. */
function findByByte(bytes: Uint8Array, at: number, end: number): number {
  for (let found = at; found < end; found++) {
    if (bytes[found] !== 0xff) continue;
    const code = bytes[found + 1];
    if (code !== 0 && (code === undefined || !isRestart(code))) return found;
  }
  return end;
}
