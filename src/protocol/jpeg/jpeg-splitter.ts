import { ByteBlocks } from '../byte-blocks.ts';
import type { FrameLimits } from '../frame.ts';
import { soiBytes, startOfImage } from './jpeg-markers.ts';
import { brokenJpeg, cutJpeg, endlessJpeg, findExcess, noJpeg, type Problem, tornJpeg } from './jpeg-problems.ts';
import { JpegScanner } from './jpeg-scanner.ts';
import { ThumbnailFilter } from './jpeg-thumbnails.ts';
import { type SkippedBytes, SkipTracker } from './skipped-bytes.ts';
import { partBytes, SoiSearch } from './soi-search.ts';
import { completeJpeg, measureWhole, type WholeJpeg } from './whole-jpeg.ts';

export interface SplitPicture extends WholeJpeg {
  readonly type: 'picture';
}

export type SplitResult = SplitPicture | SkippedBytes;

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
  readonly #soiSearch = new SoiSearch();
  /** Where the JPEG in hand begins in the chunk in hand, what is held of it aside. */
  #start = 0;
  #found: SplitResult[] = [];
  /** How often the bytes in hand were looked at before. */
  #looks = 0;
  /** The same of the bytes that the JPEG in hand began with. */
  #looksInHand = 0;
  readonly #thumbnails = new ThumbnailFilter();
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
    if (this.#soiSearch.endsWithFf) this.#skipped.skipBetween(1);
    this.#soiSearch.endsWithFf = false;
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
    const end = this.#soiSearch.search(bytes, at);
    this.#skipped.skipBetween(this.#soiSearch.skipped);
    if (this.#soiSearch.hasFound) this.#begin(end);
    return end;
  }

  /** A JPEG begins, whose SOI ends at `at`. */
  #begin(at: number): void {
    this.#scanner = new JpegScanner();
    this.#skipped.betweens = noJpeg;
    this.#looksInHand = this.#looks;
    this.#held.clear();
    this.#start = at - soiBytes;
    this.#thumbnails.begin(this.#start);
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
        this.#drop(scanner.length - soiBytes, tornJpeg);
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
    if (this.#thumbnails.takes(scanner.length)) {
      this.#drop(scanner.length, noJpeg);
      return;
    }
    this.#skipped.end();
    const problem = findExcess(measureWhole(scanner), this.#limits);
    if (problem !== undefined) {
      this.#drop(scanner.length, problem);
      this.#skipped.end();
      return;
    }
    // What is looked at again is given back afterwards.
    const isView = this.#held.length === 0 && this.#looks === 0;
    const jpeg = isView ? part : this.#held.join(part);
    this.#scanner = undefined;
    this.#found.push({ type: 'picture', ...completeJpeg(jpeg, scanner) });
  }

  /** The next JPEG may begin in what a torn one takes for its segments. `part`: its bytes in the chunk in hand. */
  *#lookAgain([scanner, part, problem]: Again, isOurs: boolean): Generator<undefined, void, undefined> {
    const before = this.#looks;
    const looks = Math.max(before, this.#looksInHand) + 1;
    // Data is searched for another SOI as it comes.
    const isWorthIt = (scanner.state === 'broken' || !scanner.isWithinData) && looks <= maxLooks;
    if (!isWorthIt) {
      const hasFf = scanner.state === 'open' && scanner.endsWithFf;
      this.#soiSearch.endsWithFf = hasFf;
      this.#drop(scanner.length - (hasFf ? 1 : 0), problem);
      if (scanner.isWithinData && problem.code === 'FRAME_TOO_LONG')
        this.#skipped.betweens = { ...problem, isRest: true };
      return;
    }
    this.#hold(part, isOurs);
    const bytes = this.#held.detach();
    this.#drop(soiBytes, problem);
    this.#looks = looks;
    for (const range of this.#thumbnails.splitTorn(bytes, scanner.applications)) {
      yield* this.#thumbnails.searchRange(bytes, range, (piece) => this.#look(piece, true));
    }
    this.#looks = before;
    // Pictures that were found are copies, and so is then the one that has begun.
    if (before > 0 || this.#held.length * 2 > bytes.length) return;
    this.#held.own();
    bytes.free();
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
