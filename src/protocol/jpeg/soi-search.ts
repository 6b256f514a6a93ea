import { soiBytes, startOfImage } from './jpeg-markers.ts';

/** The bytes that are searched without a break: work for a fraction of a millisecond. */
export const partBytes = 2 ** 14;

/** Looks for the SOI with which a JPEG begins, in bytes that come in whatever pieces. */
export class SoiSearch {
  /**
   * The last byte was FF, which may be the first half of an SOI: it counts as skipped only when it
   * is none.
   */
  endsWithFf = false;
  /** Whether the last search found an SOI. */
  hasFound = false;
  /** Bytes that the last search found to be no part of an SOI. */
  skipped = 0;

  /**
   * Searches `bytes` from `at` on. Returns the position behind the SOI, or else where the search
   * goes on: the end of a part, or of all.
   */
  search(bytes: Uint8Array, at: number): number {
    const part = bytes.length - at > partBytes ? bytes.subarray(0, at + partBytes) : bytes;
    const hadFf = this.endsWithFf;
    this.endsWithFf = false;
    this.hasFound = hadFf && part[at] === startOfImage;
    this.skipped = 0;
    if (this.hasFound) return at + 1;
    const found = findSoi(part, at);
    this.skipped = (found < 0 ? part.length : found) - at + (hadFf ? 1 : 0);
    this.endsWithFf = found + 1 === part.length;
    this.hasFound = found >= 0 && !this.endsWithFf;
    return this.hasFound ? found + soiBytes : part.length;
  }
}

/** Where an SOI begins, or an FF at the end that may be half of one; -1: nowhere. */
function findSoi(bytes: Uint8Array, at: number): number {
  let found = bytes.indexOf(0xff, at);
  while (found >= 0 && found + 1 < bytes.length && bytes[found + 1] !== startOfImage) {
    found = bytes[found + 1] === 0xff ? found + 1 : bytes.indexOf(0xff, found + 2);
  }
  return found;
}
