import type { CapturedFrame, Delivery, NumberedFrame } from '../../protocol/frame.ts';
import { Bell } from '../../system/bell.ts';

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
  /** Frames that were captured and never taken as a newer one was there. */
  readonly dropped: number;
}

export function createFeed(frames: AsyncIterable<CapturedFrame>, delivery: Delivery): Feed {
  return delivery === 'every' ? new EveryFeed(frames) : new LatestFeed(frames);
}

/** Every frame in its order, one read ahead; the source waits while the connection is slow or away. */
export class EveryFeed implements Feed {
  readonly #frames: AsyncIterator<CapturedFrame>;
  #next: Promise<IteratorResult<CapturedFrame>>;
  #ready: NumberedFrame | undefined;
  #sequence = 0;
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
  #ended: { error?: unknown } | undefined;
  #sequence = 0;
  #dropped = 0;
  readonly #bell = new Bell();
  readonly #running: Promise<void>;

  constructor(frames: AsyncIterable<CapturedFrame>) {
    this.#running = this.#run(frames);
  }

  get dropped(): number {
    return this.#dropped;
  }

  get hasFrame(): boolean {
    return this.#waiting !== undefined;
  }

  async ready(): Promise<boolean> {
    while (this.#waiting === undefined) {
      if (this.#ended !== undefined) {
        if ('error' in this.#ended) throw this.#ended.error;
        return false;
      }
      await this.#bell.heard();
    }
    return true;
  }

  take(): NumberedFrame {
    const frame = this.#waiting;
    if (frame === undefined) throw new Error('take() before ready()');
    this.#waiting = undefined;
    return frame;
  }

  closed(): Promise<void> {
    return this.#running;
  }

  async #run(frames: AsyncIterable<CapturedFrame>): Promise<void> {
    try {
      for await (const frame of frames) {
        if (this.#waiting !== undefined) this.#dropped++;
        this.#waiting = { ...frame, sequence: ++this.#sequence };
        this.#bell.ring();
        // A source that never waits, such as small pictures at full speed, would let nobody else have a turn.
        await new Promise(setImmediate);
      }
      this.#ended = {};
    } catch (error) {
      this.#ended = { error };
    }
    this.#bell.ring();
  }
}
