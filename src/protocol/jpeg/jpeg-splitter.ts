import { ByteBlocks, type ByteChunks } from '../byte-blocks.ts';
import type { FrameLimits } from '../frame.ts';
import { ownBytes } from '../owned-bytes.ts';
import { startOfImage } from './jpeg-markers.ts';
import { brokenJpeg, cutJpeg, endlessJpeg, findExcess, noJpeg, type Problem, tornJpeg } from './jpeg-problems.ts';
import { JpegScanner } from './jpeg-scanner.ts';
import type { PictureSize } from './jpeg-size.ts';
import { insertStandardTables, standardTablesBytes } from './jpeg-tables.ts';
import { countThumbnails } from './jpeg-thumbnails.ts';
import { type SkippedBytes, SkipTracker } from './skipped-bytes.ts';

/** A whole JPEG, from its SOI to its EOI. */
export interface SplitPicture extends PictureSize {
  readonly type: 'picture';
  readonly jpeg: Uint8Array;
}

export type SplitResult = SplitPicture | SkippedBytes;

/** So much is looked at without a break: a fraction of a millisecond's work. */
const partBytes = 2 ** 14;
/** Torn ones may be tangled; the work stays in proportion to the bytes. */
const maxLooks = 8;
const soi = Uint8Array.of(0xff, startOfImage);

/** A JPEG that ends before its time, its bytes in the chunk in hand, and what is wrong with it. */
type Again = [scanner: JpegScanner, part: Uint8Array, problem: Problem];

/**
 * Finds the JPEGs in a stream of bytes that says nothing else about them, whatever pieces it comes in.
 *
 * What is torn, too large or no JPEG is skipped up to the next that is whole; each byte is looked at a few times at the most. JPEGs without
 * Huffman tables get the standard ones, all others stay as they are. Holds the JPEG in hand, never more than `maxFrameBytes` of it.
 */
export class JpegSplitter {
  readonly #limits: FrameLimits;
  /** Of the JPEG in hand, the bytes of earlier chunks. */
  readonly #held = new ByteBlocks();
  /** What is to be looked at again before anything else. */
  #again: Again | undefined;
  /** Undefined: between two JPEGs. */
  #scanner: JpegScanner | undefined;
  /** Between two JPEGs: the last byte was FF. */
  #hasFf = false;
  /** Where the JPEG in hand begins in the chunk in hand, what is held of it aside. */
  #start = 0;
  #found: SplitResult[] = [];
  /** How often the bytes in hand were looked at before. */
  #looks = 0;
  /** The same of the bytes that the JPEG in hand began with. */
  #looksInHand = 0;
  /** So many JPEGs to come are no pictures of their own: all in a segment for applications that is whole, the thumbnail in one that is cut. */
  #thumbnails = 0;
  /** These end before so many bytes of what is looked at have passed. */
  #thumbnailSpace = 0;
  /** The JPEG in hand is one of them if it has no more bytes than that. */
  #maxThumbnailBytes = 0;
  readonly #skipped = new SkipTracker((skipped) => this.#found.push(skipped));

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** Whether a JPEG has begun and not ended. */
  get isWithinPicture(): boolean {
    return this.#scanner !== undefined;
  }

  /** What `chunk` completes. A picture that is most of `chunk` is a view of it, so that it must not be written to afterwards. */
  decode(chunk: Uint8Array): SplitResult[] {
    return collect(this.decodeInParts(chunk));
  }

  /** Says that the stream has ended. What was held back comes now. */
  finish(): SplitResult[] {
    return collect(this.finishInParts());
  }

  /**
   * As `decode`, and undefined where others may have their turn: a chunk may hold hundreds of pictures, and a large torn JPEG is looked at
   * a few times.
   * To be gone through to its end before anything else is called.
   */
  *decodeInParts(chunk: Uint8Array): Generator<SplitResult | undefined, void, undefined> {
    for (const _ of this.#look(chunk, false)) yield* this.#takePart();
    yield* this.#takeFound();
  }

  /** As `finish`, likewise. */
  *finishInParts(): Generator<SplitResult | undefined, void, undefined> {
    const scanner = this.#scanner;
    if (scanner !== undefined) {
      for (const _ of this.#lookAgain([scanner, new Uint8Array(), cutJpeg], false)) yield* this.#takePart();
      if (this.#scanner !== undefined) this.#drop(this.#scanner.length, cutJpeg);
    }
    if (this.#hasFf) this.#skipped.skipBetween(1);
    this.#hasFf = false;
    this.#skipped.betweens = noJpeg;
    this.#skipped.end();
    yield* this.#takeFound();
  }

  *#takePart(): Generator<SplitResult | undefined, void, undefined> {
    if (this.#found.length > 0) yield* this.#takeFound();
    else yield undefined;
  }

  #takeFound(): SplitResult[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Yields after each part. @param isOurs nobody writes to it later */
  *#look(chunk: Uint8Array, isOurs: boolean): Generator<undefined, void, undefined> {
    this.#start = 0;
    let part = 0;
    for (let at = 0; at < chunk.length; ) {
      at = this.#scanner === undefined ? this.#search(chunk, at) : this.#scan(this.#scanner, chunk, at);
      const again = this.#again;
      if (again !== undefined) {
        this.#again = undefined;
        yield* this.#lookAgain(again, isOurs);
        this.#start = at;
      }
      if (at - part < partBytes && this.#found.length === 0) continue;
      part = at;
      yield;
    }
    if (this.#scanner !== undefined) this.#hold(chunk.subarray(this.#start), isOurs);
  }

  #hold(bytes: Uint8Array, isOurs: boolean): void {
    if (isOurs) this.#held.keep(bytes);
    else this.#held.copy(bytes);
  }

  /** Skips to behind the next SOI, with which another JPEG begins, or to the end, or that of a part. */
  #search(bytes: Uint8Array, at: number): number {
    const chunk = bytes.length - at > partBytes ? bytes.subarray(0, at + partBytes) : bytes;
    if (this.#hasFf) {
      this.#hasFf = false;
      if (chunk[at] === startOfImage) {
        this.#begin(at + 1);
        return at + 1;
      }
      this.#skipped.skipBetween(1);
    }
    let found = chunk.indexOf(0xff, at);
    while (found >= 0 && found + 1 < chunk.length && chunk[found + 1] !== startOfImage) {
      found = chunk[found + 1] === 0xff ? found + 1 : chunk.indexOf(0xff, found + 2);
    }
    this.#skipped.skipBetween((found < 0 ? chunk.length : found) - at);
    this.#hasFf = found + 1 === chunk.length;
    if (found < 0 || this.#hasFf) return chunk.length;
    this.#begin(found + soi.length);
    return found + soi.length;
  }

  /** A JPEG begins, whose SOI ends at `at`. */
  #begin(at: number): void {
    this.#scanner = new JpegScanner();
    this.#skipped.betweens = noJpeg;
    this.#looksInHand = this.#looks;
    this.#held.clear();
    this.#start = at - soi.length;
    this.#maxThumbnailBytes = this.#thumbnails > 0 ? this.#thumbnailSpace - this.#start : 0;
    if (this.#start >= 0) return;
    this.#held.keep(soi);
    this.#start = at;
  }

  /** Goes on with the JPEG in hand as far as it goes. */
  #scan(scanner: JpegScanner, chunk: Uint8Array, at: number): number {
    const { maxFrameBytes } = this.#limits;
    // No further than the limit: where a JPEG is given up does not depend on the pieces that it comes in, and what is held is all of it.
    const room = Math.min(partBytes, Math.max(0, maxFrameBytes - scanner.length));
    const end = scanner.scan(chunk.length - at > room ? chunk.subarray(0, at + room) : chunk, at);
    const part = chunk.subarray(this.#start, end);
    switch (scanner.state) {
      case 'open':
        if (scanner.length < maxFrameBytes) break;
        this.#again = [scanner, part, endlessJpeg(maxFrameBytes)];
        break;
      case 'again':
        this.#drop(scanner.length - soi.length, tornJpeg);
        this.#begin(end);
        break;
      case 'broken':
        this.#again = [scanner, part, brokenJpeg(scanner.problem)];
        break;
      case 'whole':
        this.#finish(scanner, part);
    }
    return end;
  }

  /** The JPEG in hand is whole. */
  #finish(scanner: JpegScanner, part: Uint8Array): void {
    const { size = { width: 0, height: 0 }, scanAt, lacksTables } = scanner;
    const length = scanner.length + (lacksTables ? standardTablesBytes : 0);
    const isThumbnail = scanner.length <= this.#maxThumbnailBytes;
    const problem = findExcess({ length, size }, this.#limits);
    if (isThumbnail) {
      this.#drop(scanner.length, noJpeg);
      this.#thumbnails = Math.max(0, this.#thumbnails - 1);
      return;
    }
    this.#skipped.end();
    if (problem !== undefined) {
      this.#drop(scanner.length, problem);
      this.#skipped.end();
      return;
    }
    // What is looked at again is given back afterwards.
    const isView = this.#held.length === 0 && this.#looks === 0;
    const jpeg = isView ? part : this.#held.join(part);
    this.#scanner = undefined;
    const whole = lacksTables ? insertStandardTables(jpeg, scanAt) : ownBytes(jpeg);
    this.#found.push({ type: 'picture', jpeg: whole, ...size });
  }

  /** The next JPEG may begin in what a torn one takes for its segments. `part`: its bytes in the chunk in hand. */
  *#lookAgain([scanner, part, problem]: Again, isOurs: boolean): Generator<undefined, void, undefined> {
    const before = this.#looks;
    const looks = Math.max(before, this.#looksInHand) + 1;
    // Data is searched for another SOI as it comes.
    const isWorthIt = (scanner.state === 'broken' || !scanner.isWithinData) && looks <= maxLooks;
    if (!isWorthIt) {
      this.#hasFf = scanner.state === 'open' && scanner.endsWithFf;
      this.#drop(scanner.length - (this.#hasFf ? 1 : 0), problem);
      if (scanner.isWithinData && problem.code === 'FRAME_TOO_LONG')
        this.#skipped.betweens = { ...problem, isRest: true };
      return;
    }
    this.#hold(part, isOurs);
    const bytes = this.#held.detach();
    this.#drop(soi.length, problem);
    this.#looks = looks;
    const [outer, space, inherited] = [this.#thumbnails, this.#thumbnailSpace, this.#maxThumbnailBytes];
    let from = soi.length;
    for (const { at, end } of scanner.applications) {
      yield* this.#lookWithin(bytes, from, at, outer, inherited);
      from = Math.min(bytes.length, end);
      const thumbnails = countThumbnails(bytes.slice(at + 2, at + 6), bytes.slice(end, end + 2));
      yield* this.#lookWithin(bytes, at, from, Math.max(outer, thumbnails), Math.max(inherited, end));
    }
    yield* this.#lookWithin(bytes, from, bytes.length, outer, inherited);
    [this.#thumbnails, this.#thumbnailSpace] = [outer, space];
    this.#looks = before;
    // Pictures that were found are copies, and so is then the one that has begun.
    if (before > 0 || this.#held.length * 2 > bytes.length) return;
    this.#held.own();
    bytes.free();
  }

  /** @param end thumbnails end before that, from `from` on */
  *#lookWithin(bytes: ByteChunks, from: number, to: number, thumbnails: number, end: number): Generator<undefined> {
    this.#thumbnails = thumbnails;
    for (const [at, piece] of bytes.between(from, to)) {
      this.#thumbnailSpace = end - at;
      yield* this.#look(piece, true);
    }
  }

  #drop(bytes: number, problem: Problem): void {
    this.#scanner = undefined;
    this.#held.clear();
    this.#skipped.skip(bytes, problem);
  }
}

function collect(found: Iterable<SplitResult | undefined>): SplitResult[] {
  return [...found].filter((one) => one !== undefined);
}
