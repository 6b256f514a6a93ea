import type { Delivery, NumberedFrame } from '../protocol/frame.ts';
import { DeliveryFigures } from './delivery-figures.ts';
import type { FrameQueue } from './frame-queue.ts';
import { KeptFrames } from './kept-frames.ts';
import { ResendQueue } from './resend-queue.ts';
import type { UplinkLoad } from './uplink.ts';

export interface OutboxLimits {
  /** Frames to deliver; 0: no end. */
  readonly count: number;
  /** With `latest`: frames that may be in flight without an acknowledgement. */
  readonly maxInFlight: number;
  /** With `every`: no more frames are sent while this many bytes of JPEGs are in flight. */
  readonly bufferBytes: number;
}

export interface OutboxOptions extends OutboxLimits {
  readonly delivery: Delivery;
  /** As in `Connector`. */
  readonly maxBytesInFlight: number;
  /** As in `Connector`. */
  readonly countsRejected: boolean;
}

/**
 * The frames that were taken from a queue and are not known to have arrived.
 *
 * When a connection breaks they go out again over the next: all of them with `every`, the newest
 * alone with `latest`.
 */
export class Outbox implements UplinkLoad {
  readonly #queue: FrameQueue;
  readonly #options: OutboxOptions;
  /** They went out over the present connection. */
  readonly #inFlight = new KeptFrames();
  readonly #waiting: ResendQueue;
  /** The length of the JPEG that was sent last. */
  #lastBytes = 0;
  /** The highest number that was given out. */
  #newest = 0;
  #queueReady: Promise<boolean> | undefined;
  readonly figures = new DeliveryFigures();

  constructor(queue: FrameQueue, options: OutboxOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#waiting = new ResendQueue(queue, this.figures, options.delivery);
  }

  /**
   * Frames that were taken from the queue and are kept: each went out over this connection or an
   * earlier one.
   */
  get pending(): number {
    return this.#inFlight.count + this.#waiting.count;
  }

  /**
   * Frames that went out, that the other end has neither acknowledged nor rejected, and that were
   * not read for sure: they may not have arrived.
   */
  get uncertain(): number {
    return this.figures.lost + this.pending;
  }

  /** Whether no more frames are wanted, unless some of those in flight are lost. */
  get isMet(): boolean {
    const { count, delivery, countsRejected } = this.#options;
    // A live source has others that take the place of those that are lost.
    const { delivered, rejected, lost } = this.figures;
    const gone = (countsRejected ? rejected : 0) + (delivery === 'every' ? lost : 0);
    return count > 0 && delivered + gone + this.pending >= count;
  }

  get inFlight(): number {
    return this.#inFlight.count;
  }

  get oldestInFlight(): NumberedFrame | undefined {
    return this.#inFlight.first;
  }

  get heldBytes(): number {
    return this.#inFlight.bytes + this.#waiting.bytes;
  }

  /** Whether all that was taken from the queue has arrived for sure. */
  get isSettled(): boolean {
    return this.pending + this.figures.unacknowledged === 0;
  }

  /** Whether one more frame may be in flight. */
  get hasRoom(): boolean {
    const { delivery, maxInFlight, maxBytesInFlight, bufferBytes } = this.#options;
    if (delivery === 'latest') return this.inFlight < maxInFlight;
    return this.#inFlight.bytes < maxBytesInFlight && (this.#waiting.count > 0 || this.heldBytes < bufferBytes);
  }

  /**
   * Another frame like the last one would be more than may be kept: a source that does not wait has
   * none for us then.
   */
  get isBeyondBuffers(): boolean {
    return this.heldBytes + this.#lastBytes > this.#options.bufferBytes;
  }

  /** Whether there is a frame to send now. */
  get hasFrame(): boolean {
    return this.#waiting.count > 0 || (this.#queue.hasFrame && !this.isMet);
  }

  /**
   * Resolves true when there is a frame to send, false when there is none for now or, the queue
   * having ended, for ever.
   */
  ready(): Promise<boolean> {
    if (this.#waiting.count > 0) return Promise.resolve(true);
    if (this.isMet) return Promise.resolve(false);
    // The sender may stop to wait, and ask again, before the queue has answered.
    if (this.#queueReady === undefined) {
      this.#queueReady = this.#queue.ready();
      const forget = () => {
        this.#queueReady = undefined;
      };
      this.#queueReady.then(forget, forget);
    }
    return this.#queueReady;
  }

  /** The frame to send now; only after `ready` said true. */
  next(): NumberedFrame {
    if (this.#options.delivery === 'latest' && this.#queue.hasFrame) this.#waiting.drop(0);
    const frame = this.#waiting.takeFirst() ?? this.#queue.take();
    this.#newest = Math.max(this.#newest, frame.sequence);
    this.#lastBytes = frame.jpeg.length;
    this.#inFlight.add(frame);
    return frame;
  }

  /** That frame has arrived. */
  acknowledge(sequence: number): void {
    const frame = this.#inFlight.take(sequence);
    if (frame === undefined) return;
    this.#countDelivered(frame);
    this.#waiting.dropOutdated();
  }

  /**
   * All frames up to that number have arrived. False, and nothing else, when no such frame was ever
   * sent.
   */
  acknowledgeUpTo(sequence: number): boolean {
    if (sequence > this.#newest) return false;
    this.figures.acknowledgeUpTo(sequence);
    this.#deliverUpTo(sequence, this.#inFlight);
    this.#deliverUpTo(sequence, this.#waiting);
    return true;
  }

  /**
   * The other end does not accept that frame: it need not go out again. False, and nothing else, when
   * no such frame was ever sent.
   */
  reject(sequence: number): boolean {
    if (sequence > this.#newest) return false;
    const frame = this.#inFlight.take(sequence) ?? this.#waiting.take(sequence);
    if (frame === undefined) this.figures.rejectUnacknowledged(sequence);
    else {
      this.#queue.release(frame, !this.#options.countsRejected);
      this.figures.rejected++;
    }
    return true;
  }

  /**
   * The other end did not accept that frame this time. It goes out again, with `latest` only where no
   * newer one arrived or waits.
   */
  putBack(sequence: number): void {
    const frame = this.#inFlight.take(sequence);
    if (frame === undefined) return;
    this.#waiting.putBack(frame);
    this.#waiting.dropOutdated();
  }

  /**
   * The receiver acknowledges nothing: the frames that went out are not kept, and count as
   * delivered unless the connection breaks.
   */
  release(): void {
    while (this.inFlight > 0) this.#releaseFirst();
  }

  /**
   * It is not known whether the receiver acknowledges: the oldest frames over the limit are
   * released.
   */
  trim(): void {
    while (!this.hasRoom) this.#releaseFirst();
  }

  /**
   * The receiver has read the connection to its end: all that was sent has arrived. Returns how
   * many frames nobody had acknowledged.
   */
  confirm(): number {
    this.release();
    return this.figures.confirm();
  }

  /**
   * The connection broke: no frame is in flight any more, and frames that were released are lost.
   */
  rewind(): void {
    this.figures.loseUnacknowledged();
    this.resend();
    this.#waiting.dropOutdated();
  }

  /**
   * The receiver has read the connection to its end, and will acknowledge over the next one: all
   * frames go out over that again.
   */
  resend(): void {
    this.#waiting.addAll(this.#inFlight);
  }

  #deliverUpTo(sequence: number, frames: KeptFrames | ResendQueue): void {
    while (frames.first !== undefined && frames.first.sequence <= sequence) {
      this.#countDelivered(frames.takeFirst() as NumberedFrame);
    }
  }

  #countDelivered(frame: NumberedFrame): void {
    this.#queue.release(frame);
    this.figures.countDelivered(frame);
  }

  #releaseFirst(): void {
    const frame = this.#inFlight.takeFirst() as NumberedFrame;
    this.#queue.release(frame);
    this.figures.countUnacknowledged(frame);
  }
}
