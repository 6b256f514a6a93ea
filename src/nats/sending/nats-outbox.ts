import type { FrameQueue } from '../../delivery/frame-queue.ts';
import type { OutboxLimits } from '../../delivery/outbox.ts';
import type { Delivery, NumberedFrame } from '../../protocol/frame.ts';

/** More under way would help no link, and what keeps a connection alive waits behind it: 10 s of 50 KB/s. */
const maxBytesUnderWay = 2 ** 19;

/**
 * The frames that were taken from a feed and are not known to be in the stream.
 *
 * As `Outbox` of the link, but that a broker answers for each frame by itself, and may take one and refuse the one before.
 */
export class NatsOutbox {
  readonly #queue: FrameQueue;
  readonly #delivery: Delivery;
  readonly #limits: OutboxLimits;
  readonly #inFlight = new Set<NumberedFrame>();
  /** Went out once and have to again, in their order. */
  #waiting: NumberedFrame[] = [];
  #bytesUnderWay = 0;
  /** Those of them that the server has refused, the last time. */
  readonly #refusedOnce = new WeakSet<NumberedFrame>();
  /** Number of the newest that the stream has. */
  #newest = -1;
  #feedReady: Promise<boolean> | undefined;
  /** Frames that the stream has. */
  delivered = 0;
  /** Bytes of their JPEGs. */
  deliveredBytes = 0;
  /** Frames that the server has refused, and that do not go out again. */
  refused = 0;
  /** Frames that were under way when a connection broke and do not go out again: some of them may have arrived. */
  lost = 0;

  constructor(queue: FrameQueue, delivery: Delivery, limits: OutboxLimits) {
    this.#queue = queue;
    this.#delivery = delivery;
    this.#limits = limits;
  }

  /** Frames that went out, and that the server has neither answered for nor refused for good: they may not have arrived. */
  get uncertain(): number {
    return this.lost + this.pending;
  }

  /** Whether no more frames are wanted, unless some of those under way are not taken. */
  get isMet(): boolean {
    const { count } = this.#limits;
    return count > 0 && this.delivered + this.pending >= count;
  }

  /** Frames that were taken from the feed and are kept. */
  get pending(): number {
    return this.#inFlight.size + this.#waiting.length;
  }

  /** Those of them that may arrive over the present connection. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Whether one more frame may be under way. */
  get hasRoom(): boolean {
    const { maxInFlight: inFlight, bufferBytes } = this.#limits;
    if (this.#delivery === 'latest') return this.#inFlight.size < inFlight;
    return this.#bytesUnderWay < Math.min(bufferBytes, maxBytesUnderWay);
  }

  /** Resolves true when there is a frame to send, false when there is none for now or, the feed having ended, for ever. */
  async ready(): Promise<boolean> {
    if (this.#waiting.length > 0) return true;
    if (this.isMet) return false;
    // Asked again while it waits, as whoever asks may be called away meanwhile.
    this.#feedReady ??= this.#queue.ready().finally(() => {
      this.#feedReady = undefined;
    });
    return this.#feedReady;
  }

  /** The frame to send now; only after `ready` said true. */
  next(): NumberedFrame {
    if (this.#delivery === 'latest' && this.#queue.hasFrame) this.#forgo(this.#waiting.splice(0));
    const frame = this.#waiting.shift() ?? this.#queue.take();
    this.#refusedOnce.delete(frame);
    this.#inFlight.add(frame);
    this.#bytesUnderWay += frame.jpeg.length;
    return frame;
  }

  /** The stream has it. */
  deliver(frame: NumberedFrame): void {
    this.#land(frame);
    this.#queue.release(frame);
    this.delivered++;
    this.deliveredBytes += frame.jpeg.length;
    this.#newest = Math.max(this.#newest, frame.sequence);
    this.#keepNewest();
  }

  /** The server does not take it, and never will. */
  refuse(frame: NumberedFrame): void {
    this.#land(frame);
    // Others may be taken.
    this.#queue.release(frame, true);
    this.refused++;
  }

  /**
   * It has to go out again, with `latest` only where the stream has no newer one, nor does one wait.
   * @param isRefused the server has said that it did not take it
   */
  putBack(frame: NumberedFrame, isRefused = false): void {
    this.#land(frame);
    if (isRefused) this.#refusedOnce.add(frame);
    this.#waiting.push(frame);
    this.#waiting.sort((a, b) => a.sequence - b.sequence);
    this.#keepNewest();
  }

  /** The connection is gone: what was under way goes out again over the next. */
  rewind(): void {
    for (const frame of [...this.#inFlight]) this.putBack(frame);
  }

  #keepNewest(): void {
    if (this.#delivery !== 'latest') return;
    const kept = this.#waiting.slice(-1).filter(({ sequence }) => sequence > this.#newest);
    this.#forgo(this.#waiting.filter((frame) => !kept.includes(frame)));
    this.#waiting = kept;
  }

  /** These went out and do not again. */
  #forgo(frames: readonly NumberedFrame[]): void {
    const refused = frames.filter((frame) => this.#refusedOnce.has(frame)).length;
    this.refused += refused;
    this.lost += frames.length - refused;
  }

  #land(frame: NumberedFrame): void {
    this.#inFlight.delete(frame);
    this.#bytesUnderWay -= frame.jpeg.length;
  }
}
