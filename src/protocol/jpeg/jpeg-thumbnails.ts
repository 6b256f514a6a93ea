import type { ByteChunks } from '../byte-blocks.ts';
import { isFrameHeader, isSegment, soiBytes } from './jpeg-markers.ts';
import type { JpegScanner } from './jpeg-scanner.ts';

/** Segments with a thumbnail begin so: those of EXIF, of JFIF's extension, of Photoshop. */
const thumbnailSegments: readonly string[] = ['Exif', 'JFXX', 'Phot'];

/** A part of the bytes of a torn JPEG, and the thumbnails in it. */
export interface ThumbnailRange {
  readonly from: number;
  readonly to: number;
  /** How many JPEGs that begin there are thumbnails, at most. */
  readonly count: number;
  /** Thumbnails end before that byte. */
  readonly end: number;
}

/**
 * Tells the thumbnails among the JPEGs that are found in a torn one: they are no pictures of their
 * own.
 */
export class ThumbnailFilter {
  /** The number of next JPEGs that may be thumbnails. */
  #left = 0;
  /** Thumbnails end before that byte of the current piece. */
  #endInPiece = 0;
  /** The current JPEG is a thumbnail if it has no more bytes. */
  #maxBytes = 0;

  /** Goes through the bytes of that range. @param search searches a piece of them for JPEGs */
  *searchRange<T>(bytes: ByteChunks, range: ThumbnailRange, search: (piece: Uint8Array) => Iterable<T>): Generator<T> {
    this.#left = range.count;
    for (const [at, piece] of bytes.between(range.from, range.to)) {
      this.#endInPiece = range.end - at;
      yield* search(piece);
    }
  }

  /** A JPEG begins at that byte of the current piece. */
  begin(at: number): void {
    this.#maxBytes = this.#left > 0 ? this.#endInPiece - at : 0;
  }

  /** Whether the current JPEG, which is whole, is a thumbnail. One fewer is to come then. */
  takes(bytes: number): boolean {
    if (bytes > this.#maxBytes) return false;
    this.#left = Math.max(0, this.#left - 1);
    return true;
  }

  /**
   * The ranges of the current JPEG, which is torn: its segments for applications, where thumbnails
   * may be, and the bytes between them. When all ranges are done, the filter goes on in the piece
   * that it was in before.
   */
  *splitTorn(bytes: ByteChunks, segments: JpegScanner['applications']): Generator<ThumbnailRange> {
    const outer = { count: this.#left, end: this.#maxBytes };
    const endInPiece = this.#endInPiece;
    let from = soiBytes;
    for (const { at, end } of segments) {
      yield { ...outer, from, to: at };
      from = Math.min(bytes.length, end);
      const count = countThumbnails(bytes.slice(at + 2, at + 6), bytes.slice(end, end + 2));
      yield { from: at, to: from, count: Math.max(outer.count, count), end: Math.max(outer.end, end) };
    }
    yield { ...outer, from, to: bytes.length };
    [this.#left, this.#endInPiece] = [outer.count, endInPiece];
  }
}

/**
 * How many JPEGs within a segment for applications are thumbnails, at most.
 * @param name the four bytes behind the segment's length
 * @param behind the two bytes behind the segment, as far as they have come
 */
function countThumbnails(name: Uint8Array, [first = 0, code = 0]: Uint8Array): number {
  // The segment is whole, as another follows.
  const isWhole = first === 0xff && (code === 0xff || isSegment(code) || isFrameHeader(code));
  if (isWhole) return Number.POSITIVE_INFINITY;
  return thumbnailSegments.includes(String.fromCharCode(...name)) ? 1 : 0;
}
