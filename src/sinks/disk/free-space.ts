import { statfs } from 'node:fs/promises';

/** What a file takes at least, on most file systems. */
const blockBytes = 4096;
const usuallyEveryMs = 1000;
const urgentlyEveryMs = 100;

/** What is free where a folder is: asked for now and then, and reckoned in between. */
export class FreeSpace {
  readonly #directory: string;
  #measured = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  /** Less what was removed, since it was measured. */
  #written = 0;
  /** Of the file system. */
  total = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Bytes that this user may still write, as last reckoned. */
  get bytes(): number {
    return Math.max(0, this.#measured - this.#written);
  }

  /** Bytes free. @param wanted measures soon when there may be less */
  async measure(wanted: number): Promise<number> {
    const age = performance.now() - this.#measuredAtMs;
    if (age > usuallyEveryMs || (age > urgentlyEveryMs && this.bytes < wanted)) {
      this.#measuredAtMs = performance.now();
      const before = this.#written;
      const { bavail, blocks, bsize } = await statfs(this.#directory);
      this.#measured = bavail * bsize;
      this.total = blocks * bsize;
      // What was written meanwhile may be in the answer or not: it counts.
      this.#written -= before;
    }
    return this.bytes;
  }

  wrote(bytes: number): void {
    this.#written += bytes + blockBytes;
  }

  removed(bytes: number): void {
    this.#written -= bytes;
  }
}
