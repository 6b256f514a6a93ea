import { Cues, cueBytes } from './cues.ts';
import { FrameInterval } from './frame-interval.ts';
import { encodeFrameHead, encodeHead, frameHeadBytes, type MatroskaInfo } from './header.ts';

/** How far the head may be behind while the file is written: microseconds, and frames that would be left out or repeated. */
const maxBehind = { us: 1_000_000, leftOut: 0.1, repeated: 0.5 } as const;

/** Says which bytes make a Matroska file of JPEGs; who writes them says when they are written. */
export class MatroskaWriter {
  readonly #info: MatroskaInfo;
  readonly #cues = new Cues();
  readonly #interval = new FrameInterval();
  /** What the head in the file says. */
  #told: { readonly frameUs: number; readonly durationUs: number };
  readonly head: Uint8Array<ArrayBuffer>;
  /** Of the file so far: where the next picture begins. */
  bytes: number;
  frames = 0;
  /** Of the last picture, after the first one. */
  lastUs = 0;

  constructor(info: MatroskaInfo) {
    this.#info = info;
    this.#told = this.#timing;
    this.head = encodeHead(info, this.#timing);
    this.bytes = this.head.length;
  }

  /** What a picture takes in the file, at most, with its place in the table at the end. */
  static measure(jpegBytes: number): number {
    return frameHeadBytes + jpegBytes + cueBytes;
  }

  /** What to write at `bytes`, before the JPEG. @param atUs after the first picture, not before the last one */
  encodeFrameHead(atUs: number, jpegBytes: number): Uint8Array<ArrayBuffer> {
    return encodeFrameHead(atUs, jpegBytes);
  }

  /** That picture is written. */
  add(atUs: number, jpegBytes: number): void {
    this.#cues.add(atUs, this.bytes);
    this.#interval.add(atUs);
    this.bytes += frameHeadBytes + jpegBytes;
    this.frames++;
    this.lastUs = atUs;
  }

  /** What to write in the place of the head, so that a file that ends here tells its rate and how long it is; undefined where it does. */
  encodeHeadUpdate(): Uint8Array<ArrayBuffer> | undefined {
    const { frameUs, durationUs } = this.#timing;
    const { fastestUs } = this.#interval;
    const isLate = durationUs - this.#told.durationUs >= maxBehind.us;
    const isSlow = this.frames * (this.#told.frameUs / fastestUs - 1) >= maxBehind.leftOut;
    const isFast = this.frames * (1 - this.#told.frameUs / frameUs) >= maxBehind.repeated;
    if (!isLate && !isSlow && !isFast) return undefined;
    this.#told = this.#timing;
    return encodeHead(this.#info, this.#timing);
  }

  /** What to write at `bytes` when no picture comes any more; and then, in the place of the first one, the head. */
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
