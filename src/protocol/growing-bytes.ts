/** Most pictures fit at once. */
const firstBytes = 512 * 1024;

/** A buffer that grows with what is written to it, up to its capacity: an announcement alone costs next to nothing. */
export class GrowingBytes {
  /** At least what was reserved. */
  buffer: Uint8Array<ArrayBuffer>;
  /** Bytes written so far: its writer's to keep. */
  written = 0;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.buffer = new Uint8Array(Math.min(capacity, firstBytes));
  }

  /** What was written. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.written);
  }

  get isFull(): boolean {
    return this.written === this.capacity;
  }

  /** Makes room for `bytes` in all, or for all that will come. */
  reserve(bytes: number): void {
    if (bytes <= this.buffer.length || this.buffer.length === this.capacity) return;
    const larger = new Uint8Array(Math.min(this.capacity, Math.max(bytes, this.buffer.length * 2)));
    larger.set(this.bytes);
    this.buffer = larger;
  }

  /** Takes of `chunk`, from `start` on, what there is still room for. Returns how many bytes. */
  take(chunk: Uint8Array, start: number): number {
    const taken = Math.min(this.capacity - this.written, chunk.length - start);
    this.reserve(this.written + taken);
    this.buffer.set(chunk.subarray(start, start + taken), this.written);
    this.written += taken;
    return taken;
  }
}
