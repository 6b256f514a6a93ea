import type { NumberedFrame } from '../protocol/frame.ts';
import { UnacknowledgedFrames } from './unacknowledged-frames.ts';

/** Counts the frames that went out, by what became of them. */
export class DeliveryFigures {
  /** They are counted as delivered, and may yet turn out to be lost. */
  readonly #unacknowledged = new UnacknowledgedFrames();
  #newestDelivered = 0;
  /**
   * Frames that arrived; those too that are in flight to a receiver that acknowledges nothing,
   * until the connection breaks.
   */
  delivered = 0;
  /** Bytes of their JPEGs. */
  deliveredBytes = 0;
  /** Frames that the other end has rejected. */
  rejected = 0;
  /**
   * Frames that were in flight when a connection broke and do not go out again: nothing is
   * acknowledged, or a newer one took their place. Some of them may have arrived.
   */
  lost = 0;

  /** Frames that are counted as delivered though nobody has acknowledged them yet. */
  get unacknowledged(): number {
    return this.#unacknowledged.frames;
  }

  /** The highest number that is counted as delivered. */
  get newestDelivered(): number {
    return this.#newestDelivered;
  }

  countDelivered({ sequence, jpeg }: NumberedFrame): void {
    this.delivered++;
    this.deliveredBytes += jpeg.length;
    this.#newestDelivered = Math.max(this.#newestDelivered, sequence);
  }

  /** It went out to a receiver that acknowledges nothing, as far as is known. */
  countUnacknowledged(frame: NumberedFrame): void {
    this.countDelivered(frame);
    this.#unacknowledged.add(frame.sequence, frame.jpeg.length);
  }

  /** The receiver acknowledges all up to that number after all. */
  acknowledgeUpTo(sequence: number): void {
    this.#unacknowledged.acknowledge(sequence);
  }

  /** The receiver rejects one that was counted as delivered. Nothing, where that one was not. */
  rejectUnacknowledged(sequence: number): void {
    const bytes = this.#unacknowledged.remove(sequence);
    if (bytes === undefined) return;
    this.delivered--;
    this.deliveredBytes -= bytes;
    this.rejected++;
  }

  /** All that was sent has arrived for sure. Returns how many frames nobody had acknowledged. */
  confirm(): number {
    const { frames } = this.#unacknowledged;
    this.#unacknowledged.clear();
    return frames;
  }

  /** The connection broke: what nobody has acknowledged is lost. */
  loseUnacknowledged(): void {
    this.lost += this.#unacknowledged.frames;
    this.delivered -= this.#unacknowledged.frames;
    this.deliveredBytes -= this.#unacknowledged.bytes;
    this.#unacknowledged.clear();
  }
}
