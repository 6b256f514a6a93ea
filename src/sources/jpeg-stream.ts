import type { CapturedFrame, CaptureTime, FrameLimits } from '../protocol/frame.ts';
import { JpegSplitter, type SplitResult } from '../protocol/jpeg/jpeg-splitter.ts';
import type { SkippedBytes } from '../protocol/jpeg/skipped-bytes.ts';
import { detectProtocol } from '../protocol/protocol-detection.ts';
import type { ByteInput } from '../system/byte-input.ts';
import { readCaptureTime } from '../system/clock.ts';

/** Input without a picture for so long is no stream of JPEGs. */
const maxBytesWithoutPicture = 2 ** 24;
/** The first bytes, which show the format. */
const headBytes = 4;

/**
 * A stream that will not give pictures. The message says what it gives in their place: `H.264, and
 * JPEGs are needed`.
 */
export class NoPicturesError extends Error {}

export interface JpegStreamOptions {
  readonly limits: FrameLimits;
  /** Called for bytes that are no whole picture within `limits`. */
  readonly onSkipped: (stretch: SkippedBytes) => void;
  /**
   * Called once, after the last frame was taken. Returns the error that the stream ends with, or
   * undefined.
   * @param error why the input ended, unless in order; a NoPicturesError when it is H.264, or gives
   * no picture for 16 MiB, or `maxFrameBytes` if that is more
   */
  readonly conclude?: (error: Error | undefined, frames: number) => Error | undefined;
}

/**
 * The JPEGs of an input, untouched, each with the time at which its first bytes were here. A picture
 * without Huffman tables gets the standard ones.
 *
 * The input is read while frames are taken: those of two chunks wait at most.
 */
export class JpegStream implements AsyncIterableIterator<CapturedFrame, undefined, undefined> {
  readonly #input: ByteInput;
  readonly #options: JpegStreamOptions;
  readonly #splitter: JpegSplitter;
  readonly #patience: Patience;
  readonly #frames: CapturedFrame[] = [];
  #begun: CaptureTime | undefined;
  #isOpen = false;
  #isPaused = false;
  #isClosed = false;
  #count = 0;
  #end: { readonly error: Error | undefined } | undefined;
  /** The reader waits for a frame. */
  #waiting: PromiseWithResolvers<IteratorResult<CapturedFrame, undefined>> | undefined;

  constructor(input: ByteInput, options: JpegStreamOptions) {
    const { limits } = options;
    this.#input = input;
    this.#options = options;
    this.#splitter = new JpegSplitter(limits, { keepsChunks: true });
    this.#patience = new Patience(Math.max(maxBytesWithoutPicture, limits.maxFrameBytes));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One call at a time. */
  next(): Promise<IteratorResult<CapturedFrame, undefined>> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve({ done: false, value: frame });
    if (this.#end !== undefined) return this.#conclude(this.#end.error);
    const waiting = Promise.withResolvers<IteratorResult<CapturedFrame, undefined>>();
    this.#waiting = waiting;
    if (!this.#isOpen) this.#open();
    else if (this.#isPaused) this.#input.resume();
    this.#isPaused = false;
    return waiting.promise;
  }

  /** Reads no more: frames that wait are dropped. */
  return(): Promise<IteratorResult<CapturedFrame, undefined>> {
    this.#isClosed = true;
    this.#frames.length = 0;
    this.#finish(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  #open(): void {
    this.#isOpen = true;
    const ended = (error?: Error) => {
      if (this.#end !== undefined) return;
      this.#pass(this.#splitter.finish(), this.#begun);
      this.#finish(error);
    };
    try {
      this.#input.open({ chunk: (bytes) => this.#take(bytes), ended });
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  /** Returns whether more may come: none while a frame waits that came before these bytes. */
  #take(bytes: Uint8Array): boolean {
    if (this.#end !== undefined) return false;
    const isBehind = this.#frames.length > 0;
    const now = readCaptureTime();
    if (!this.#splitter.isWithinPicture) this.#begun = now;
    this.#pass(this.#splitter.decode(bytes), now);
    try {
      this.#patience.count(bytes);
    } catch (error) {
      this.#finish(error as Error);
    }
    this.#isPaused = isBehind;
    return !isBehind;
  }

  /** @param next the time of the bytes behind the first picture */
  #pass(results: readonly SplitResult[], next: CaptureTime | undefined): void {
    for (const found of results) {
      if (found.type === 'skipped') {
        this.#options.onSkipped(found);
        continue;
      }
      const { jpeg, width, height } = found;
      const { capturedAtUs, capturedMonotonicUs } = this.#begun ?? readCaptureTime();
      this.#patience.renew();
      this.#count++;
      this.#begun = next;
      const frame = { jpeg, width, height, capturedAtUs, capturedMonotonicUs };
      if (this.#waiting === undefined) this.#frames.push(frame);
      else this.#waiting.resolve({ done: false, value: frame });
      this.#waiting = undefined;
    }
  }

  #finish(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#input.close();
    this.#waiting?.resolve(this.#conclude(error));
    this.#waiting = undefined;
  }

  #conclude(error: Error | undefined): Promise<IteratorResult<CapturedFrame, undefined>> {
    const { conclude = () => error } = this.#options;
    const reason = this.#isClosed ? undefined : conclude(error, this.#count);
    this.#isClosed = true;
    return reason === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(reason);
  }
}

/** Knows when a stream will not give pictures. */
class Patience {
  readonly #max: number;
  /** Of the stream, as far as it takes to know what it is. */
  #head = new Uint8Array();
  /** Since the last picture. */
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  renew(): void {
    this.#bytes = 0;
  }

  /** @throws NoPicturesError */
  count(chunk: Uint8Array): void {
    if (this.#head.length < headBytes) {
      this.#head = Uint8Array.of(...this.#head, ...chunk.subarray(0, headBytes));
      if (detectProtocol(this.#head) === 'h264') throw new NoPicturesError('H.264, and JPEGs are needed');
    }
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#max) return;
    throw new NoPicturesError(`no picture, which must come within ${this.#max} bytes`);
  }
}
