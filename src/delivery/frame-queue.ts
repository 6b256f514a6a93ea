import type { CapturedFrame, NumberedFrame } from '../protocol/frame.ts';
import type { FlowMeter } from '../system/flow-meter.ts';
import { LiveCapture } from './live-capture.ts';

/** The facts that a queue has to know of the sender that takes its frames. */
export interface Demand {
  /** Whether there is a connection. */
  isConnected(): boolean;
  /** Whether all frames that are wanted were taken, or the sender has ended. */
  isMet(): boolean;
}

/**
 * The queue between a source that makes frames and a connection that sends them. Queues differ in
 * the frame that is taken next.
 */
export interface FrameQueue {
  /**
   * Resolves true when a frame is there, false when none will come any more; rejects as the source
   * does.
   */
  ready(): Promise<boolean>;
  /** Whether `take` may be called now. */
  readonly hasFrame: boolean;
  /** The next frame to send. Only after `ready` said true. */
  take(): NumberedFrame;
  /** Resolves when the source has ended. The signal of the source makes it end. */
  closed(): Promise<void>;
  /**
   * A frame that was taken is not kept any more. `wantsAnother`: another is to take its place among
   * those that are asked for.
   */
  release(frame: NumberedFrame, wantsAnother?: boolean): void;
  /** Called once, before the first frame is taken. */
  setDemand(demand: Demand): void;
  /**
   * Frames that were captured, but for those that nobody asked for: each was taken, waits, or was
   * dropped.
   */
  readonly captured: number;
  /** Those of them that wait to be taken. */
  readonly waiting: number;
  /** Those of them that were never taken: a newer one was there, or there was no room for them. */
  readonly dropped: number;
  /** Those of the dropped ones that were as there was no connection. */
  readonly unconnected: number;
}

/**
 * Every frame in its order, one read ahead; the source waits while the connection is slow or away.
 */
export class EveryFrameQueue implements FrameQueue {
  readonly #meter: FlowMeter | undefined;
  readonly #frames: AsyncIterator<CapturedFrame>;
  #next: Promise<IteratorResult<CapturedFrame>>;
  #ready: NumberedFrame | undefined;
  #sequence = 0;
  #captured = 0;
  /** A frame that is read ahead of a file counts as captured when it is taken. */
  readonly waiting = 0;
  readonly dropped = 0;
  readonly unconnected = 0;

  /** @param meter called when the queue asks the source for a frame, and when it gives one */
  constructor(frames: AsyncIterable<CapturedFrame>, meter?: FlowMeter) {
    this.#meter = meter;
    this.#frames = frames[Symbol.asyncIterator]();
    this.#next = this.#readAhead();
  }

  get hasFrame(): boolean {
    return this.#ready !== undefined;
  }

  get captured(): number {
    return this.#captured;
  }

  setDemand(): void {}

  ready(): Promise<boolean> {
    if (this.#ready !== undefined) return Promise.resolve(true);
    return this.#next.then((result) => {
      if (result.done === true) return false;
      this.#ready = number(result.value, ++this.#sequence);
      this.#next = this.#readAhead();
      return true;
    });
  }

  take(): NumberedFrame {
    const frame = this.#ready;
    if (frame === undefined) throw new Error('take() before ready()');
    this.#ready = undefined;
    this.#captured++;
    return frame;
  }

  release(): void {}

  async closed(): Promise<void> {
    await this.#next.catch(() => undefined);
    await this.#frames.return?.();
  }

  #readAhead(): Promise<IteratorResult<CapturedFrame>> {
    this.#meter?.ask();
    const next = this.#frames.next();
    // A failure waits for ready(), which may come much later; until then it is nobody's unhandled
    // rejection.
    next.then(
      ({ done }) => (done === true ? this.#meter?.end() : this.#meter?.pass()),
      () => this.#meter?.end(),
    );
    return next;
  }
}

/**
 * The newest frame only: the source runs at its own pace and a newer frame takes the place of one
 * that waits.
 */
export class LatestFrameQueue implements FrameQueue {
  #waiting: NumberedFrame | undefined;
  /**
   * Whether the frame that waits was captured when no more were wanted. It waits in case one in
   * flight is lost.
   */
  #isSurplus = false;
  #sequence = 0;
  /** Frames that nobody asked for, and that others took the place of. */
  #surplus = 0;
  #demand: Demand | undefined;
  #dropped = 0;
  #unconnected = 0;
  readonly #capture: LiveCapture;

  /** @param meter called when the queue asks the source for a frame, and when it gives one */
  constructor(frames: AsyncIterable<CapturedFrame>, meter?: FlowMeter) {
    const keep = (frame: CapturedFrame) => {
      if (this.#waiting !== undefined) this.#drop();
      this.#waiting = number(frame, ++this.#sequence);
      this.#isSurplus = this.#demand?.isMet() ?? false;
    };
    this.#capture = new LiveCapture(frames, keep, meter);
  }

  setDemand(demand: Demand): void {
    this.#demand = demand;
  }

  get captured(): number {
    return this.#sequence - this.#surplus - (this.hasFrame && this.#isSurplus ? 1 : 0);
  }

  get waiting(): number {
    return this.hasFrame && !this.#isSurplus ? 1 : 0;
  }

  get unconnected(): number {
    return this.#unconnected;
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

  /** A newer frame replaces the one that waits. */
  #drop(): void {
    if (this.#isSurplus) {
      this.#surplus++;
      return;
    }
    this.#dropped++;
    if (this.#demand?.isConnected() === false) this.#unconnected++;
  }
}

/** The names in full are faster than a spread. */
function number(frame: CapturedFrame, sequence: number): NumberedFrame {
  const { jpeg, width, height, capturedAtUs, capturedMonotonicUs } = frame;
  return { jpeg, width, height, capturedAtUs, capturedMonotonicUs, sequence };
}
