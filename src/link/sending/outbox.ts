import type { Delivery, NumberedFrame } from '../../protocol/frame.ts';
import type { Feed } from './feed.ts';

export interface OutboxLimits {
  /** Frames to deliver; 0: no end. */
  readonly count: number;
  /** With `latest`: frames that may be under way without an acknowledgement. */
  readonly inFlight: number;
  /** With `every`: bytes of JPEGs under way from which on no other frame is taken. */
  readonly bufferBytes: number;
}

/**
 * The frames that were taken from a feed and are not known to have arrived, in their order.
 *
 * When a connection breaks they go out again over the next: all of them with `every`, the newest alone with `latest`.
 */
export class Outbox {
  readonly #feed: Feed;
  readonly #delivery: Delivery;
  readonly #limits: OutboxLimits;
  readonly #frames: NumberedFrame[] = [];
  /** How many of them went out over the present connection. */
  #sent = 0;
  #heldBytes = 0;
  /** The highest number that was given out. */
  #newest = 0;
  #dropped = 0;
  #feedReady: Promise<boolean> | undefined;
  /** Frames that arrived: acknowledged, or taken by the kernel where the receiver acknowledges nothing. */
  delivered = 0;
  /** Bytes of their JPEGs. */
  deliveredBytes = 0;
  /** Frames that the receiver has left behind. */
  refused = 0;

  constructor(feed: Feed, delivery: Delivery, limits: OutboxLimits) {
    this.#feed = feed;
    this.#delivery = delivery;
    this.#limits = limits;
  }

  /** Frames that were captured and will not arrive; one in flight when a connection broke may have. */
  get dropped(): number {
    return this.#dropped + this.#feed.dropped;
  }

  /** Frames that are not known to have arrived. */
  get pending(): number {
    return this.#frames.length;
  }

  /** Whether frames wait to go out a second time. */
  get hasUnsent(): boolean {
    return this.#sent < this.#frames.length;
  }

  /** Whether one more frame may be under way. */
  get hasRoom(): boolean {
    if (this.#delivery === 'latest') return this.#sent < this.#limits.inFlight;
    return this.hasUnsent || this.#heldBytes < this.#limits.bufferBytes;
  }

  /** Resolves true when there is a frame to send, false when there is none for now or, the feed having ended, for ever. */
  async ready(): Promise<boolean> {
    if (this.hasUnsent) return true;
    const { count } = this.#limits;
    if (count > 0 && this.delivered + this.refused + this.#frames.length >= count) return false;
    // Asked again while it waits, as whoever asks may be called away meanwhile.
    this.#feedReady ??= this.#feed.ready().finally(() => {
      this.#feedReady = undefined;
    });
    return this.#feedReady;
  }

  /** The frame to send now; only after `ready` said true. */
  next(): NumberedFrame {
    if (this.#delivery === 'latest' && this.hasUnsent && this.#feed.hasFrame) this.#dropUnsent();
    if (!this.hasUnsent) {
      const frame = this.#feed.take();
      this.#frames.push(frame);
      this.#newest = frame.sequence;
      this.#heldBytes += frame.jpeg.length;
    }
    return this.#frames[this.#sent++] as NumberedFrame;
  }

  /** All frames up to that number have arrived. False, and nothing else, when no such frame was ever sent. */
  acknowledge(sequence: number): boolean {
    if (sequence > this.#newest) return false;
    while (this.#frames.length > 0 && (this.#frames[0] as NumberedFrame).sequence <= sequence) this.#deliverFirst();
    return true;
  }

  /** The receiver has left that frame behind: it need not go out again. False, and nothing else, when no such frame was ever sent. */
  refuse(sequence: number): boolean {
    if (sequence > this.#newest) return false;
    const at = this.#frames.findIndex((frame) => frame.sequence === sequence);
    if (at < 0) return true;
    const [frame] = this.#frames.splice(at, 1) as [NumberedFrame];
    this.#heldBytes -= frame.jpeg.length;
    this.#feed.release(frame);
    if (at < this.#sent) this.#sent--;
    this.refused++;
    return true;
  }

  /** The receiver acknowledges nothing: what was sent counts as arrived. */
  acknowledgeSent(): void {
    while (this.#sent > 0) this.#deliverFirst();
  }

  /** As long as it is not known whether the receiver acknowledges, no more than the limits is kept: the oldest count as arrived. */
  trim(): void {
    while (!this.hasRoom) this.#deliverFirst();
  }

  /** The connection is gone: nothing of what is here is under way any more. */
  rewind(): void {
    this.#sent = 0;
    while (this.#delivery === 'latest' && this.#frames.length > 1) this.#dropFirst();
  }

  #dropUnsent(): void {
    while (this.hasUnsent) this.#dropFirst();
  }

  #deliverFirst(): void {
    const frame = this.#removeFirst();
    this.#sent = Math.max(0, this.#sent - 1);
    this.delivered++;
    this.deliveredBytes += frame.jpeg.length;
  }

  #dropFirst(): void {
    this.#removeFirst();
    this.#dropped++;
  }

  #removeFirst(): NumberedFrame {
    const frame = this.#frames.shift() as NumberedFrame;
    this.#heldBytes -= frame.jpeg.length;
    this.#feed.release(frame);
    return frame;
  }
}
