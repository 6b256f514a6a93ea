import { pictureCodes } from '../../protocol/errors.ts';

/**
 * Finds the frame that a receiver rejects by ending the connection, as older receivers do that do
 * not know `skip`. The receiver does not say which frame it is, and the sender would send it again
 * for ever. So frames go out one at a time over the next connections, until one is rejected alone.
 */
export class RejectedFrameSearch {
  /** The number of frames that may be the rejected one. */
  #suspects = 0;

  /** Whether no frame may go out while another is in flight. */
  get isOn(): boolean {
    return this.#suspects > 0;
  }

  /**
   * The receiver ended the connection with that code while so many frames were in flight. Returns
   * whether it is known which one it rejects.
   */
  reject(code: string, inFlight: number): boolean {
    if (!pictureCodes.some((one) => one === code)) return false;
    this.#suspects = inFlight > 1 ? inFlight : 0;
    return inFlight === 1;
  }

  /** The receiver has acknowledged this many frames. */
  clear(frames: number): void {
    this.#suspects = Math.max(0, this.#suspects - frames);
  }
}
