import {
  endOfImage,
  huffmanTables,
  isFrameHeader,
  isRestart,
  isSegment,
  isStandalone,
  startOfImage,
  startOfScan,
} from './jpeg-markers.ts';
import type { PictureSize } from './jpeg-size.ts';
import { findMarker, skipFill } from './marker-search.ts';

/** The next byte is part of this. */
type Phase = 'marker' | 'code' | 'field' | 'segment' | 'data' | 'data code';

/** Length, precision, height and width: no more of a frame header is read. */
const frameHeaderBytes = 7;
const lengthBytes = 2;
/** No camera writes so many. */
const maxApplications = 64;
/**
 * No camera writes so many. Restart markers in the data of a scan are not counted. A marker costs as
 * much as a kilobyte of picture, and has two bytes or four.
 */
const maxMarkers = 4096;
/**
 * Has room for four components, the length aside. The header of a torn JPEG would go on in the data
 * of the next picture, so that no FF is allowed in it either.
 */
const maxScanHeaderBytes = 12;

/**
 * Follows the bytes of one JPEG behind its SOI, in whatever pieces they come, to its EOI (ITU-T
 * T.81, annex B).
 *
 * It steps over segments by their length, so that a thumbnail in a segment is no picture of its
 * own.
 */
export class JpegScanner {
  #phase: Phase = 'marker';
  #marker = 0;
  #markers = 0;
  /** Position of the length of the current segment. */
  #segmentAt = 0;
  readonly #field = new Uint8Array(frameHeaderBytes);
  #fieldFilled = 0;
  #fieldWanted = 0;
  /** Bytes of the current segment still to come. */
  #remaining = 0;
  /** Position in the JPEG of byte 0 of the current chunk. */
  #origin = 0;
  #isArithmetic = false;
  #hasTables = false;
  /** Bytes so far, the SOI included. */
  length = 2;
  /** `again`: an SOI came where none is allowed, and begins another JPEG. */
  state: 'open' | 'whole' | 'again' | 'broken' = 'open';
  /** The reason why it is broken. */
  problem = '';
  /** The size in the frame header; undefined until that has come. */
  size: PictureSize | undefined;
  /** The segments for applications, such as EXIF, from their lengths on: thumbnails are in them. */
  readonly applications: { readonly at: number; readonly end: number }[] = [];
  /** Position of the marker of the first scan; 0 until it has come. */
  scanAt = 0;

  /** Whether the JPEG has no Huffman tables, so that a decoder has to use the standard ones. */
  get lacksTables(): boolean {
    return this.scanAt > 0 && !this.#hasTables && !this.#isArithmetic;
  }

  /** Whether the last byte is FF, which may be half a marker. */
  get endsWithFf(): boolean {
    return this.#phase === 'code' || this.#phase === 'data code';
  }

  /** Whether it is behind the header of a scan, where no byte is stepped over. */
  get isWithinData(): boolean {
    return this.#phase === 'data' || this.#phase === 'data code';
  }

  /**
   * Takes `chunk` from `at` on, as far as the JPEG goes. Returns where that is; `state` says why it
   * is not the chunk's end.
   */
  scan(chunk: Uint8Array, at: number): number {
    return this.#scan(chunk, at, false);
  }

  /** The same, but no further than behind the size in the frame header. */
  scanHead(chunk: Uint8Array, at: number): number {
    return this.#scan(chunk, at, true);
  }

  #scan(chunk: Uint8Array, at: number, isHeadOnly: boolean): number {
    this.#origin = this.length - at;
    let next = at;
    while (next < chunk.length && this.state === 'open') {
      next = this.#step(chunk, next);
      if (isHeadOnly && this.size !== undefined) break;
    }
    this.length = this.#origin + next;
    return next;
  }

  #step(chunk: Uint8Array, at: number): number {
    switch (this.#phase) {
      case 'marker':
        if (chunk[at] !== 0xff) return this.#break(at, `there is no marker at byte ${this.#origin + at}`);
        this.#phase = 'code';
        return at + 1;
      case 'code':
        return this.#takeCode(chunk, at);
      case 'field':
        return this.#takeField(chunk[at] as number, at);
      case 'segment':
        return this.#takeSegment(chunk, at);
      case 'data':
        return this.#takeData(chunk, at);
      case 'data code':
        return this.#takeDataCode(chunk, at);
    }
  }

  #takeCode(chunk: Uint8Array, at: number): number {
    const code = chunk[at] as number;
    if (code === 0xff) return skipFill(chunk, at + 1);
    if (++this.#markers > maxMarkers) return this.#break(at, `it has more than ${maxMarkers} markers`);
    if (code === startOfImage) this.state = 'again';
    else if (code === endOfImage) return this.#end(at);
    else if (isStandalone(code)) this.#phase = 'marker';
    // Two frame headers may say two sizes, of which only one would be checked.
    else if (isFrameHeader(code) && this.size !== undefined) return this.#break(at, 'it has two frame headers');
    // No decoder can read such a scan.
    else if (code === startOfScan && this.size === undefined)
      return this.#break(at, 'a scan comes before its frame header');
    else if (isFrameHeader(code) || isSegment(code)) this.#beginSegment(code, at);
    else return this.#break(at, `there is no marker that may stand at byte ${this.#origin + at}`);
    return at + 1;
  }

  #end(at: number): number {
    if (this.size === undefined || this.scanAt === 0) return this.#break(at, 'it ends before its picture');
    this.state = 'whole';
    return at + 1;
  }

  #beginSegment(code: number, at: number): void {
    this.#marker = code;
    this.#segmentAt = this.#origin + at + 1;
    if (code === huffmanTables) this.#hasTables ||= this.scanAt === 0;
    if (code === startOfScan && this.scanAt === 0) this.scanAt = this.#origin + at - 1;
    if (isFrameHeader(code)) this.#isArithmetic = code > 0xc8;
    this.#phase = 'field';
    this.#fieldFilled = 0;
    this.#fieldWanted = isFrameHeader(code) ? frameHeaderBytes : lengthBytes;
  }

  #takeField(byte: number, at: number): number {
    this.#field[this.#fieldFilled++] = byte;
    if (this.#fieldFilled < this.#fieldWanted) return at + 1;
    this.#remaining = this.#readUint16(0) - this.#fieldWanted;
    const isApplication = (this.#marker & 0xf0) === 0xe0;
    if (isApplication && this.applications.length < maxApplications) {
      this.applications.push({ at: this.#segmentAt, end: this.#segmentAt + this.#readUint16(0) });
    }
    if (this.#remaining < 0) return this.#break(at, `the segment at byte ${this.#segmentAt} is too short`);
    if (this.#marker === startOfScan && this.#remaining > maxScanHeaderBytes) {
      return this.#break(at, `the scan at byte ${this.#segmentAt} has a header that is too long`);
    }
    this.#phase = 'segment';
    if (this.#fieldWanted === lengthBytes) return this.#endSegment(at + 1);
    this.size = { height: this.#readUint16(3), width: this.#readUint16(5) };
    if (this.size.height === 0 || this.size.width === 0) {
      return this.#break(at, `its frame header says ${this.size.width}x${this.size.height}`);
    }
    return this.#endSegment(at + 1);
  }

  #takeSegment(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#remaining, chunk.length - at);
    const marker = this.#marker === startOfScan ? chunk.subarray(at, at + taken).indexOf(0xff) : -1;
    if (marker >= 0) return this.#break(at + marker, `the header of the scan at byte ${this.#segmentAt} is none`);
    this.#remaining -= taken;
    return this.#endSegment(at + taken);
  }

  #endSegment(at: number): number {
    if (this.#remaining > 0) return at;
    this.#phase = this.#marker === startOfScan ? 'data' : 'marker';
    return at;
  }

  #takeData(chunk: Uint8Array, at: number): number {
    const found = findMarker(chunk, at);
    if (found === chunk.length) return found;
    this.#phase = 'data code';
    return found + 1;
  }

  #takeDataCode(chunk: Uint8Array, at: number): number {
    const code = chunk[at] as number;
    if (code !== 0 && !isRestart(code)) return this.#takeCode(chunk, at);
    this.#phase = 'data';
    return at + 1;
  }

  #break(at: number, problem: string): number {
    this.state = 'broken';
    this.problem = problem;
    return at;
  }

  #readUint16(at: number): number {
    return ((this.#field[at] as number) << 8) | (this.#field[at + 1] as number);
  }
}
