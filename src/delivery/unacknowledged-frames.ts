/**
 * More than the kernels of both ends hold of one connection: 4 MB here and 6 MB there, unless they
 * were told otherwise.
 */
const maxHeldBytes = 16 * 2 ** 20;

/**
 * Frames that went out over the present connection, are not kept, and are not acknowledged. The
 * receiver has read frames with more bytes behind them than kernels hold. Nothing is known of the
 * others until it acknowledges after all, or closes the connection in order.
 */
export class UnacknowledgedFrames {
  /** JPEG bytes by sequence number, in the order in which they went out. */
  readonly #bytesOf = new Map<number, number>();
  #bytes = 0;

  get frames(): number {
    return this.#bytesOf.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(sequence: number, bytes: number): void {
    this.#bytesOf.set(sequence, bytes);
    this.#bytes += bytes;
    for (const [oldest] of this.#bytesOf) {
      if (this.#bytes <= maxHeldBytes) break;
      this.#remove(oldest);
    }
  }

  /** The receiver has accepted all up to that number. */
  acknowledge(sequence: number): void {
    for (const [oldest] of this.#bytesOf) {
      if (oldest > sequence) break;
      this.#remove(oldest);
    }
  }

  /**
   * The receiver has rejected that one. Returns the bytes of its JPEG; undefined where it is not
   * here.
   */
  remove(sequence: number): number | undefined {
    const bytes = this.#bytesOf.get(sequence);
    if (bytes !== undefined) this.#remove(sequence);
    return bytes;
  }

  clear(): void {
    this.#bytesOf.clear();
    this.#bytes = 0;
  }

  #remove(sequence: number): void {
    this.#bytes -= this.#bytesOf.get(sequence) ?? 0;
    this.#bytesOf.delete(sequence);
  }
}
