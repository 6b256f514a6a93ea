import type { Delivery, NumberedFrame } from '../protocol/frame.ts';
import type { DeliveryFigures } from './delivery-figures.ts';
import type { FrameQueue } from './frame-queue.ts';
import { KeptFrames } from './kept-frames.ts';

/** The frames that went out, and have to again: all of them with `every`, the newest alone with `latest`. */
export class ResendQueue {
  readonly #queue: FrameQueue;
  readonly #figures: DeliveryFigures;
  readonly #delivery: Delivery;
  readonly #frames = new KeptFrames();
  /** Those of them that were returned, the last time that they went out. */
  readonly #returned = new WeakSet<NumberedFrame>();

  /** @param queue gets back the room of frames that are dropped; they are counted in `figures` */
  constructor(queue: FrameQueue, figures: DeliveryFigures, delivery: Delivery) {
    this.#queue = queue;
    this.#figures = figures;
    this.#delivery = delivery;
  }

  get count(): number {
    return this.#frames.count;
  }

  get bytes(): number {
    return this.#frames.bytes;
  }

  get first(): NumberedFrame | undefined {
    return this.#frames.first;
  }

  /** The other end did not accept that frame this time. */
  putBack(frame: NumberedFrame): void {
    this.#returned.add(frame);
    this.#frames.add(frame);
  }

  /** All of them go out again. */
  addAll(inFlight: KeptFrames): void {
    inFlight.moveTo(this.#frames);
  }

  takeFirst(): NumberedFrame | undefined {
    const frame = this.#frames.takeFirst();
    if (frame !== undefined) this.#returned.delete(frame);
    return frame;
  }

  /** Undefined where there is none of that number. */
  take(sequence: number): NumberedFrame | undefined {
    return this.#frames.take(sequence);
  }

  /**
   * With `latest` only the newest frame goes out again, and that only where no newer one arrived.
   */
  dropOutdated(): void {
    if (this.#delivery !== 'latest') return;
    const isOutdated = (this.#frames.last?.sequence ?? 0) <= this.#figures.newestDelivered;
    this.drop(isOutdated ? 0 : 1);
  }

  /** Only so many of the newest go out again. */
  drop(kept: number): void {
    while (this.#frames.count > kept) {
      const frame = this.#frames.takeFirst() as NumberedFrame;
      this.#queue.release(frame);
      if (this.#returned.has(frame)) this.#figures.rejected++;
      else this.#figures.lost++;
    }
  }
}
