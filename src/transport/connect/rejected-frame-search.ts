/** What a receiver that knows no `skip` says of a picture when it ends the connection over it. */
const pictureCodes: readonly string[] = ['NOT_JPEG', 'PICTURE_TOO_LARGE', 'FRAME_TOO_LONG'];

/**
 * Finds the frame that a receiver refuses by ending the connection, as those do that know no `skip`. It does not say which, and it would
 * be sent again for ever: so frames go out one at a time over the next connections, until one is refused alone.
 */
export class RejectedFrameSearch {
  /** So many frames may yet be the one. */
  #suspects = 0;

  /** Whether no frame may go out while another is under way. */
  get isOn(): boolean {
    return this.#suspects > 0;
  }

  /** The receiver ended the connection with that code while so many frames were under way. Whether it is known which one it refuses. */
  refuse(code: string, inFlight: number): boolean {
    if (!pictureCodes.includes(code)) return false;
    this.#suspects = inFlight > 1 ? inFlight : 0;
    return inFlight === 1;
  }

  /** So many frames were taken. */
  clear(frames: number): void {
    this.#suspects = Math.max(0, this.#suspects - frames);
  }
}
