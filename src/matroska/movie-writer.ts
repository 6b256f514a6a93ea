import { Cues, cueBytes } from './cues.ts';
import { encodeFrameHead, encodeHead, frameHeadBytes, type MovieInfo } from './head.ts';

/** Says which bytes make a Matroska file of JPEGs; who writes them says when they are written. */
export class MovieWriter {
  readonly #info: MovieInfo;
  readonly #cues = new Cues();
  readonly head: Uint8Array<ArrayBuffer>;
  /** Of the file so far: where the next picture begins. */
  bytes: number;
  frames = 0;
  /** Of the last picture, after the first one. */
  lastUs = 0;

  constructor(info: MovieInfo) {
    this.#info = info;
    this.head = encodeHead(info);
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
    this.bytes += frameHeadBytes + jpegBytes;
    this.frames++;
    this.lastUs = atUs;
  }

  /** What to write at `bytes` when no picture comes any more; and then, in the place of the first one, the head. */
  encodeEnd(): { tail: Uint8Array<ArrayBuffer>; head: Uint8Array<ArrayBuffer> } {
    const tail = this.#cues.encode();
    const { frames, lastUs, bytes } = this;
    const end = { frames, lastUs, cuesAt: bytes, bytes: bytes + tail.length };
    return { tail, head: encodeHead(this.#info, end) };
  }
}
