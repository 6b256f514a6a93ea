import type { Delivery, NumberedFrame } from '../protocol/frame.ts';
import type { FrameQueue } from './frame-queue.ts';
import { UnacknowledgedFrames } from './unacknowledged-frames.ts';

export interface OutboxLimits {
  /** Frames to deliver; 0: no end. */
  readonly count: number;
  /** With `latest`: frames that may be under way without an acknowledgement. */
  readonly maxInFlight: number;
  /** With `every`: bytes of JPEGs under way from which on no other frame is taken. */
  readonly bufferBytes: number;
}

/**
 * The frames that were taken from a feed and are not known to have arrived, in their order.
 *
 * When a connection breaks they go out again over the next: all of them with `every`, the newest alone with `latest`.
 */
export class Outbox {
  readonly #queue: FrameQueue;
  readonly delivery: Delivery;
  readonly #limits: OutboxLimits;
  readonly #frames: NumberedFrame[] = [];
  /** How many of them went out over the present connection. */
  #sent = 0;
  #heldBytes = 0;
  /** Of the JPEG that was given out last. */
  #lastBytes = 0;
  /** The highest number that was given out. */
  #newest = 0;
  #feedReady: Promise<boolean> | undefined;
  /** Those that are counted as delivered and may yet turn out to be lost. */
  readonly #unacknowledged = new UnacknowledgedFrames();
  /** Frames that arrived; those too that are under way to a receiver that acknowledges nothing, until the connection breaks. */
  delivered = 0;
  /** Bytes of their JPEGs. */
  deliveredBytes = 0;
  /** Frames that the receiver has left behind. */
  refused = 0;
  /**
   * Frames that were under way when a connection broke and do not go out again: nothing is acknowledged, or a newer one took their place. Some
   * of them may have arrived.
   */
  lost = 0;

  constructor(queue: FrameQueue, delivery: Delivery, limits: OutboxLimits) {
    this.#queue = queue;
    this.delivery = delivery;
    this.#limits = limits;
  }

  /** Frames that were taken from the feed and are kept: each went out over this connection or an earlier one. */
  get pending(): number {
    return this.#frames.length;
  }

  /** Frames that went out, that the receiver has neither answered for nor refused, and that were not read for sure: they may not have arrived. */
  get uncertain(): number {
    return this.lost + this.pending;
  }

  /** Whether no more frames are wanted, unless some of those under way are lost. */
  get isMet(): boolean {
    const { count } = this.#limits;
    // Of a live source others take the place of those that are lost.
    const gone = this.refused + (this.delivery === 'every' ? this.lost : 0);
    return count > 0 && this.delivered + gone + this.#frames.length >= count;
  }

  /** Frames that went out over the present connection and are kept. */
  get inFlight(): number {
    return this.#sent;
  }

  /** The oldest that is kept. */
  get first(): NumberedFrame | undefined {
    return this.#frames[0];
  }

  /** Bytes of the JPEGs that are kept. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Frames that are counted as delivered though nobody has answered for them yet. */
  get unacknowledged(): number {
    return this.#unacknowledged.frames;
  }

  /** Whether all that was taken from the feed has arrived for sure. */
  get isSettled(): boolean {
    return this.pending + this.unacknowledged === 0;
  }

  /** Whether frames wait to go out a second time. */
  get hasUnsent(): boolean {
    return this.#sent < this.#frames.length;
  }

  /** Whether one more frame may be under way. */
  get hasRoom(): boolean {
    if (this.delivery === 'latest') return this.#sent < this.#limits.maxInFlight;
    return this.hasUnsent || this.#heldBytes < this.#limits.bufferBytes;
  }

  /** Whether another frame like the last one would be more than may be kept: a source that does not wait has none for us then. */
  get isFull(): boolean {
    return this.#heldBytes + this.#lastBytes > this.#limits.bufferBytes;
  }

  /** Resolves true when there is a frame to send, false when there is none for now or, the feed having ended, for ever. */
  async ready(): Promise<boolean> {
    if (this.hasUnsent) return true;
    if (this.isMet) return false;
    // Asked again while it waits, as whoever asks may be called away meanwhile.
    this.#feedReady ??= this.#queue.ready().finally(() => {
      this.#feedReady = undefined;
    });
    return this.#feedReady;
  }

  /** The frame to send now; only after `ready` said true. */
  next(): NumberedFrame {
    if (this.delivery === 'latest' && this.#queue.hasFrame) while (this.hasUnsent) this.#loseFirst();
    if (!this.hasUnsent) {
      const frame = this.#queue.take();
      this.#frames.push(frame);
      this.#newest = frame.sequence;
      this.#heldBytes += frame.jpeg.length;
    }
    const frame = this.#frames[this.#sent++] as NumberedFrame;
    this.#lastBytes = frame.jpeg.length;
    return frame;
  }

  /** All frames up to that number have arrived. False, and nothing else, when no such frame was ever sent. */
  acknowledge(sequence: number): boolean {
    if (sequence > this.#newest) return false;
    this.#unacknowledged.acknowledge(sequence);
    while (this.#frames.length > 0 && (this.#frames[0] as NumberedFrame).sequence <= sequence) this.#deliverFirst();
    return true;
  }

  /** The receiver has left that frame behind: it need not go out again. False, and nothing else, when no such frame was ever sent. */
  refuse(sequence: number): boolean {
    if (sequence > this.#newest) return false;
    const at = this.#frames.findIndex((frame) => frame.sequence === sequence);
    if (at < 0) {
      const bytes = this.#unacknowledged.remove(sequence);
      if (bytes === undefined) return true;
      this.delivered--;
      this.deliveredBytes -= bytes;
      this.refused++;
      return true;
    }
    const [frame] = this.#frames.splice(at, 1) as [NumberedFrame];
    this.#heldBytes -= frame.jpeg.length;
    this.#queue.release(frame);
    if (at < this.#sent) this.#sent--;
    this.refused++;
    return true;
  }

  /** The receiver acknowledges nothing: what was sent is not kept, and counts as delivered unless the connection breaks. */
  release(): void {
    while (this.#sent > 0) this.#releaseFirst();
  }

  /** As long as it is not known whether the receiver acknowledges, no more than the limits is kept: the oldest are released. */
  trim(): void {
    while (!this.hasRoom) this.#releaseFirst();
  }

  /** The receiver has read the connection to its end: all that was sent has arrived. Returns how many frames nobody had answered for. */
  confirm(): number {
    this.release();
    const { frames } = this.#unacknowledged;
    this.#unacknowledged.clear();
    return frames;
  }

  /** The connection broke: nothing of what is here is under way any more, and what was released is lost. */
  rewind(): void {
    this.lost += this.#unacknowledged.frames;
    this.delivered -= this.#unacknowledged.frames;
    this.deliveredBytes -= this.#unacknowledged.bytes;
    this.#unacknowledged.clear();
    this.resend();
    while (this.delivery === 'latest' && this.#frames.length > 1) this.#loseFirst();
  }

  /** The receiver has read the connection to its end, and will answer over the next: all that is here goes out over that. */
  resend(): void {
    this.#sent = 0;
  }

  #deliverFirst(): void {
    const frame = this.#removeFirst();
    this.#sent = Math.max(0, this.#sent - 1);
    this.delivered++;
    this.deliveredBytes += frame.jpeg.length;
  }

  #releaseFirst(): void {
    const [{ sequence, jpeg }] = this.#frames as [NumberedFrame];
    this.#deliverFirst();
    this.#unacknowledged.add(sequence, jpeg.length);
  }

  /** It went out over a connection that broke, and does not again. */
  #loseFirst(): void {
    this.#removeFirst();
    this.lost++;
  }

  #removeFirst(): NumberedFrame {
    const frame = this.#frames.shift() as NumberedFrame;
    this.#heldBytes -= frame.jpeg.length;
    this.#queue.release(frame);
    return frame;
  }
}
