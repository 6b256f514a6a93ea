import type { CapturedFrame, NumberedFrame } from '../../protocol/frame.ts';
import { LiveCapture } from './live-capture.ts';

/** Between a source that makes frames and a connection that takes them. What differs is which frame is taken next. */
export interface Feed {
  /** Resolves true when a frame is there, false when none will come any more; rejects as the source does. */
  ready(): Promise<boolean>;
  /** Whether `take` may be called now. */
  readonly hasFrame: boolean;
  /** The next frame to send. Only after `ready` said true. */
  take(): NumberedFrame;
  /** Resolves when the source has ended; to be told to is its own signal's part. */
  closed(): Promise<void>;
  /** A frame that was taken is not kept any more. `wantsAnother`: another is to take its place among those that are asked for. */
  release(frame: NumberedFrame, wantsAnother?: boolean): void;
  /** Frames that were captured, and wait to be taken one after another. */
  readonly waiting: number;
  /** Frames that were captured and never taken: a newer one was there, or there was no room for them. */
  readonly dropped: number;
}

/** Every frame in its order, one read ahead; the source waits while the connection is slow or away. */
export class EveryFeed implements Feed {
  readonly #frames: AsyncIterator<CapturedFrame>;
  #next: Promise<IteratorResult<CapturedFrame>>;
  #ready: NumberedFrame | undefined;
  #sequence = 0;
  /** What is read ahead of a file is not lost. */
  readonly waiting = 0;
  readonly dropped = 0;

  constructor(frames: AsyncIterable<CapturedFrame>) {
    this.#frames = frames[Symbol.asyncIterator]();
    this.#next = this.#readAhead();
  }

  get hasFrame(): boolean {
    return this.#ready !== undefined;
  }

  async ready(): Promise<boolean> {
    if (this.#ready !== undefined) return true;
    const result = await this.#next;
    if (result.done === true) return false;
    this.#ready = { ...result.value, sequence: ++this.#sequence };
    this.#next = this.#readAhead();
    return true;
  }

  take(): NumberedFrame {
    const frame = this.#ready;
    if (frame === undefined) throw new Error('take() before ready()');
    this.#ready = undefined;
    return frame;
  }

  release(): void {}

  async closed(): Promise<void> {
    await this.#next.catch(() => undefined);
    await this.#frames.return?.();
  }

  #readAhead(): Promise<IteratorResult<CapturedFrame>> {
    const next = this.#frames.next();
    // A failure waits for ready(), which may come much later; until then it is nobody's unhandled rejection.
    next.catch(() => undefined);
    return next;
  }
}

/** The newest frame only: the source runs at its own pace and a newer frame takes the place of one that waits. */
export class LatestFeed implements Feed {
  #waiting: NumberedFrame | undefined;
  #sequence = 0;
  #dropped = 0;
  /** The newest alone gives way to one that is newer still. */
  readonly waiting = 0;
  readonly #capture: LiveCapture;

  constructor(frames: AsyncIterable<CapturedFrame>) {
    this.#capture = new LiveCapture(frames, (frame) => {
      if (this.#waiting !== undefined) this.#dropped++;
      this.#waiting = { ...frame, sequence: ++this.#sequence };
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  get hasFrame(): boolean {
    return this.#waiting !== undefined;
  }

  ready(): Promise<boolean> {
    return this.#capture.until(() => this.hasFrame);
  }

  take(): NumberedFrame {
    const frame = this.#waiting;
    if (frame === undefined) throw new Error('take() before ready()');
    this.#waiting = undefined;
    return frame;
  }

  release(): void {}

  closed(): Promise<void> {
    return this.#capture.running;
  }
}
