import type { Frame } from '../protocol/frame.ts';

/** Between a source that makes frames and a connection that takes them. What differs is which frame is taken next. */
export interface Feed {
  /** Resolves true when a frame is there, false when none will come any more; rejects as the source does. */
  ready(): Promise<boolean>;
  /** The next frame to send. Only after `ready` said true. */
  take(): Frame;
  /** Hands back a frame that could not be sent. */
  giveBack(frame: Frame): void;
  /** Resolves when the source has ended; to be told to is its own signal's part. */
  closed(): Promise<void>;
  /** Frames that were captured and will never be sent. */
  readonly dropped: number;
}

/** Every frame in its order, one read ahead; the source waits while the connection is slow or away. */
export class EveryFeed implements Feed {
  readonly #frames: AsyncIterator<Frame>;
  #next: Promise<IteratorResult<Frame>>;
  #ready: Frame | undefined;
  readonly dropped = 0;

  constructor(frames: AsyncIterable<Frame>) {
    this.#frames = frames[Symbol.asyncIterator]();
    this.#next = this.#readAhead();
  }

  async ready(): Promise<boolean> {
    if (this.#ready !== undefined) return true;
    const result = await this.#next;
    if (result.done === true) return false;
    this.#ready = result.value;
    this.#next = this.#readAhead();
    return true;
  }

  take(): Frame {
    const frame = this.#ready;
    if (frame === undefined) throw new Error('take() before ready()');
    this.#ready = undefined;
    return frame;
  }

  giveBack(frame: Frame): void {
    this.#ready = frame;
  }

  async closed(): Promise<void> {
    await this.#next.catch(() => undefined);
    await this.#frames.return?.();
  }

  #readAhead(): Promise<IteratorResult<Frame>> {
    const next = this.#frames.next();
    // A failure waits for ready(), which may come much later; until then it is nobody's unhandled rejection.
    next.catch(() => undefined);
    return next;
  }
}

/** The newest frame only: the source runs at its own pace and a newer frame takes the place of one that waits. */
export class LatestFeed implements Feed {
  #waiting: Frame | undefined;
  #ended: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;
  #dropped = 0;

  readonly #running: Promise<void>;

  constructor(frames: AsyncIterable<Frame>) {
    this.#running = this.#run(frames);
  }

  get dropped(): number {
    return this.#dropped;
  }

  async ready(): Promise<boolean> {
    while (this.#waiting === undefined) {
      if (this.#ended !== undefined) {
        if ('error' in this.#ended) throw this.#ended.error;
        return false;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return true;
  }

  take(): Frame {
    const frame = this.#waiting;
    if (frame === undefined) throw new Error('take() before ready()');
    this.#waiting = undefined;
    return frame;
  }

  giveBack(frame: Frame): void {
    if (this.#waiting === undefined) this.#waiting = frame;
    else this.#dropped++;
  }

  closed(): Promise<void> {
    return this.#running;
  }

  async #run(frames: AsyncIterable<Frame>): Promise<void> {
    try {
      for await (const frame of frames) {
        if (this.#waiting !== undefined) this.#dropped++;
        this.#waiting = frame;
        this.#wake?.();
      }
      this.#ended = {};
    } catch (error) {
      this.#ended = { error };
    }
    this.#wake?.();
  }
}
