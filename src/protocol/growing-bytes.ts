/** Most pictures fit into so many bytes. */
const firstBytes = 512 * 1024;

/**
 * A buffer that grows with the bytes that are written to it, up to its capacity: a length that is
 * only announced costs next to nothing.
 */
export class GrowingBytes {
  /** Has at least the length that was reserved. */
  buffer: Uint8Array<ArrayBuffer>;
  /** Bytes written so far; the writer keeps this up to date. */
  written = 0;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.buffer = new Uint8Array(Math.min(capacity, firstBytes));
  }

  /** The bytes that were written. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.written);
  }

  get isFull(): boolean {
    return this.written === this.capacity;
  }

  /** Makes room for `bytes` in all, but not for more than the capacity. */
  reserve(bytes: number): void {
    if (bytes <= this.buffer.length || this.buffer.length === this.capacity) return;
    const larger = new Uint8Array(Math.min(this.capacity, Math.max(bytes, this.buffer.length * 2)));
    larger.set(this.bytes);
    this.buffer = larger;
  }

  /** Takes as many bytes of `chunk`, from `start` on, as there is room for. Returns how many. */
  take(chunk: Uint8Array, start: number): number {
    const taken = Math.min(this.capacity - this.written, chunk.length - start);
    this.reserve(this.written + taken);
    this.buffer.set(chunk.subarray(start, start + taken), this.written);
    this.written += taken;
    return taken;
  }
}
