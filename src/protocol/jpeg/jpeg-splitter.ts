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

/** The least part of a buffer that a view of it is, where chunks are kept. */
const minShareOfBuffer = 1 / 8;
/** Torn JPEGs may be nested. With this limit the work stays in proportion to the bytes. */
const maxSearches = 8;
const soi = Uint8Array.of(0xff, startOfImage);

/** Its bytes are those in the current chunk. */
type TornJpeg = [scanner: JpegScanner, part: Uint8Array, problem: Problem];

/**
 * Finds the JPEGs in a stream of bytes that says nothing else about them, whatever pieces it comes
 * in.
 *
 * It skips bytes that are torn, too large or no JPEG, up to the next whole JPEG, and searches each
 * byte a few times at most. JPEGs without Huffman tables get the standard ones; all others stay as
 * they are. It holds the current JPEG, never more than `maxFrameBytes` of it.
 */
export class JpegSplitter {
  readonly #limits: FrameLimits;
  readonly #keepsChunks: boolean;
  /** Of the current JPEG, the bytes of earlier chunks. */
  readonly #held = new ByteBlocks();
  /** The JPEG that has to be searched for others before anything else. */
  #torn: TornJpeg | undefined;
  /** Undefined: between two JPEGs. */
  #scanner: JpegScanner | undefined;
  readonly #soiSearch = new SoiSearch();
  /**
   * Where the current JPEG begins in the current chunk; bytes that are held of it come before that.
   */
  #start = 0;
  #found: SplitResult[] = [];
  /** How often the current bytes were searched before. */
  #searches = 0;
  /** The same for the first bytes of the current JPEG. */
  #searchesInHand = 0;
  readonly #thumbnails = new ThumbnailFilter();
  readonly #skipped = new SkipTracker((skipped) => this.#found.push(skipped));

  /** @param keepsChunks nobody writes to a chunk later: a picture may be a view of several */
  constructor(limits: FrameLimits, { keepsChunks = false } = {}) {
    this.#limits = limits;
    this.#keepsChunks = keepsChunks;
  }

  /** Whether a JPEG has begun and not ended. */
  get isWithinPicture(): boolean {
    return this.#scanner !== undefined;
  }

  /** The results that `chunk` completes. A picture that is most of it is a view: do not reuse it. */
  decode(chunk: Uint8Array): SplitResult[] {
    for (const _ of this.#searchAll(chunk, this.#keepsChunks));
    return this.#takeFound();
  }

  /** Says that the stream has ended. Gives the last results. */
  finish(): SplitResult[] {
    return [...this.finishInParts()].filter((one) => one !== undefined);
  }

  /**
   * The same as `decode`, in parts: gives undefined where other connections may have their turn. A
   * chunk may hold hundreds of pictures, and a large torn JPEG is searched a few times.
   *
   * The caller has to go to the end before it calls anything else.
   */
  *decodeInParts(chunk: Uint8Array): Generator<SplitResult | undefined, void, undefined> {
    for (const _ of this.#searchAll(chunk, this.#keepsChunks)) yield* this.#takePart();
    yield* this.#takeFound();
  }

  /** The same as `finish`, in parts. */
  *finishInParts(): Generator<SplitResult | undefined, void, undefined> {
    const scanner = this.#scanner;
    if (scanner !== undefined) {
      for (const _ of this.#searchTorn([scanner, new Uint8Array(), cutJpeg], false)) yield* this.#takePart();
      if (this.#scanner !== undefined) this.#drop(this.#scanner.length, cutJpeg);
    }
    if (this.#soiSearch.endsWithFf) this.#skipped.skipBetween(1);
    this.#soiSearch.endsWithFf = false;
    this.#skipped.betweenProblem = noJpeg;
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

  /**
   * Searches the chunk, and yields after each part.
   * @param isOurs nobody writes to the chunk later
   */
  *#searchAll(chunk: Uint8Array, isOurs: boolean): Generator<undefined, void, undefined> {
    this.#start = 0;
    let part = 0;
    for (let at = 0; at < chunk.length; ) {
      at = this.#scanner === undefined ? this.#skipToSoi(chunk, at) : this.#scan(this.#scanner, chunk, at);
      const torn = this.#torn;
      if (torn !== undefined) {
        this.#torn = undefined;
        yield* this.#searchTorn(torn, isOurs);
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

  /**
   * Skips to behind the next SOI, with which another JPEG begins, or to the end of the chunk or of
   * a part.
   */
  #skipToSoi(bytes: Uint8Array, at: number): number {
    const end = this.#soiSearch.search(bytes, at);
    this.#skipped.skipBetween(this.#soiSearch.skipped);
    if (this.#soiSearch.hasFound) this.#begin(end);
    return end;
  }

  /** A JPEG begins, whose SOI ends at `at`. */
  #begin(at: number): void {
    this.#scanner = new JpegScanner();
    this.#skipped.betweenProblem = noJpeg;
    this.#searchesInHand = this.#searches;
    this.#held.clear();
    this.#start = at - soiBytes;
    this.#thumbnails.begin(this.#start);
    if (this.#start >= 0) return;
    this.#held.keep(soi);
    this.#start = at;
  }

  /** Scans the current JPEG, as far as it goes. */
  #scan(scanner: JpegScanner, chunk: Uint8Array, at: number): number {
    const { maxFrameBytes } = this.#limits;
    // It stops at the limit: the byte at which a JPEG is dropped does not depend on the pieces that
    // it comes in, and all of it is held until then.
    const room = Math.min(partBytes, Math.max(0, maxFrameBytes - scanner.length));
    const end = scanner.scan(chunk.length - at > room ? chunk.subarray(0, at + room) : chunk, at);
    const part = chunk.subarray(this.#start, end);
    switch (scanner.state) {
      case 'open':
        if (scanner.length < maxFrameBytes) break;
        this.#torn = [scanner, part, endlessJpeg(maxFrameBytes)];
        break;
      case 'again':
        this.#drop(scanner.length - soiBytes, tornJpeg);
        this.#begin(end);
        break;
      case 'broken':
        this.#torn = [scanner, part, brokenJpeg(scanner.problem)];
        break;
      case 'whole':
        this.#finish(scanner, part);
    }
    return end;
  }

  /** The current JPEG is whole. */
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
    // Blocks that are searched again go back to the pool afterwards, so that no picture may be a
    // view of them.
    const view = this.#searches > 0 ? undefined : this.#held.length === 0 ? part : this.#held.view(part);
    const jpeg = view ?? this.#held.join(part);
    this.#scanner = undefined;
    const minShare = this.#keepsChunks ? minShareOfBuffer : undefined;
    this.#found.push({ type: 'picture', ...completeJpeg(jpeg, scanner, minShare) });
  }

  /**
   * Searches a torn JPEG for others: the next JPEG may begin in bytes that the torn one took for
   * its segments.
   */
  *#searchTorn([scanner, part, problem]: TornJpeg, isOurs: boolean): Generator<undefined, void, undefined> {
    const before = this.#searches;
    const searches = Math.max(before, this.#searchesInHand) + 1;
    // The data of a scan was searched for another SOI as it came.
    const isWorthIt = (scanner.state === 'broken' || !scanner.isWithinData) && searches <= maxSearches;
    if (!isWorthIt) {
      const hasFf = scanner.state === 'open' && scanner.endsWithFf;
      this.#soiSearch.endsWithFf = hasFf;
      this.#drop(scanner.length - (hasFf ? 1 : 0), problem);
      if (scanner.isWithinData && problem.code === 'FRAME_TOO_LONG')
        this.#skipped.betweenProblem = { ...problem, isRest: true };
      return;
    }
    this.#hold(part, isOurs);
    const bytes = this.#held.detach();
    this.#drop(soiBytes, problem);
    this.#searches = searches;
    for (const range of this.#thumbnails.splitTorn(bytes, scanner.applications)) {
      yield* this.#thumbnails.searchRange(bytes, range, (piece) => this.#searchAll(piece, true));
    }
    this.#searches = before;
    // Pictures that were found are copies. The JPEG that has begun becomes a copy too.
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
