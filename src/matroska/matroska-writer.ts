import { Cues, cueBytes } from './cues.ts';
import { FrameInterval } from './frame-interval.ts';
import { encodeFrameHead, encodeHead, frameHeadBytes, type MatroskaInfo } from './header.ts';

/**
 * How wrong the head may be while the file is written: microseconds, and frames that would be
 * dropped or repeated.
 */
const maxBehind = { us: 1_000_000, dropped: 0.1, repeated: 0.5 } as const;

/**
 * Says which bytes make a Matroska file of JPEGs. The caller writes them, and says when they are
 * written.
 */
export class MatroskaWriter {
  readonly #info: MatroskaInfo;
  readonly #cues = new Cues();
  readonly #interval = new FrameInterval();
  /** The timing in the head of the file. */
  #told: { readonly frameUs: number; readonly durationUs: number };
  readonly head: Uint8Array<ArrayBuffer>;
  /** Length of the file so far: the next picture begins there. */
  bytes: number;
  frames = 0;
  /** Time of the last picture after the first one: microseconds. */
  lastUs = 0;

  constructor(info: MatroskaInfo) {
    this.#info = info;
    this.#told = this.#timing;
    this.head = encodeHead(info, this.#timing);
    this.bytes = this.head.length;
  }

  /** The bytes that a picture takes in the file, at most, with its cue at the end. */
  static measure(jpegBytes: number): number {
    return frameHeadBytes + jpegBytes + cueBytes;
  }

  /**
   * The bytes to write at `bytes`, before the JPEG.
   * @param atUs after the first picture, not before the last one
   */
  encodeFrameHead(atUs: number, jpegBytes: number): Uint8Array<ArrayBuffer> {
    return encodeFrameHead(atUs, jpegBytes);
  }

  /** The picture is written. */
  add(atUs: number, jpegBytes: number): void {
    this.#cues.add(atUs, this.bytes);
    this.#interval.add(atUs);
    this.bytes += frameHeadBytes + jpegBytes;
    this.frames++;
    this.lastUs = atUs;
  }

  /**
   * The bytes to write over the head, so that a file that ends here has the right rate and
   * duration; undefined where it has them.
   */
  encodeHeadUpdate(): Uint8Array<ArrayBuffer> | undefined {
    const { frameUs, durationUs } = this.#timing;
    const { fastestUs } = this.#interval;
    const isLate = durationUs - this.#told.durationUs >= maxBehind.us;
    const isSlow = this.frames * (this.#told.frameUs / fastestUs - 1) >= maxBehind.dropped;
    const isFast = this.frames * (1 - this.#told.frameUs / frameUs) >= maxBehind.repeated;
    if (!isLate && !isSlow && !isFast) return undefined;
    this.#told = this.#timing;
    return encodeHead(this.#info, this.#timing);
  }

  /**
   * The tail to write at `bytes` behind the last picture, and the head to write over the first one
   * after that.
   */
  encodeEnd(): { tail: Uint8Array<ArrayBuffer>; head: Uint8Array<ArrayBuffer> } {
    const tail = this.#cues.encode();
    const end = { cuesAt: this.bytes, bytes: this.bytes + tail.length };
    return { tail, head: encodeHead(this.#info, this.#timing, end) };
  }

  /** The last picture lasts as long as the others on average. */
  get #timing() {
    const frameUs = this.#interval.us;
    const durationUs = this.lastUs + this.#interval.averageUs;
    return { frameUs, frameNs: Math.round(frameUs * 1000), durationUs };
  }
}
