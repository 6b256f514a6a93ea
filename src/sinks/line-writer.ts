import { write } from 'node:fs';

/** Bytes that may wait for a slow reader before senders are made to wait. */
const highWaterBytes = 64 * 1024;
const retryMs = 10;

/**
 * Writes lines to a file descriptor, from a thread of the pool.
 *
 * `process.stdout` blocks the whole program on a pipe that nobody reads; this keeps one write under way and the rest in
 * order, and tells the callers when to wait.
 */
export class LineWriter {
  readonly #descriptor: number;
  readonly #onBroken: (error: NodeJS.ErrnoException) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #run: Promise<void> | undefined;
  #isBroken = false;

  /** @param onBroken called once when the reader is gone or the write failed; later lines go nowhere */
  constructor(descriptor: number, onBroken: (error: NodeJS.ErrnoException) => void) {
    this.#descriptor = descriptor;
    this.#onBroken = onBroken;
  }

  /** A promise when the reader is behind: resolves when all lines so far are written. */
  write(line: string): void | Promise<void> {
    if (this.#isBroken) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    this.#run ??= this.#writeAll();
    if (this.#waitingBytes > highWaterBytes) return this.#run;
  }

  /** Resolves when all lines are written. */
  async flush(): Promise<void> {
    await this.#run;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const text = `${this.#waiting.join('\n')}\n`;
        this.#waiting = [];
        this.#waitingBytes = 0;
        await writeFully(this.#descriptor, new TextEncoder().encode(text));
      }
    } catch (error) {
      this.#isBroken = true;
      this.#waiting = [];
      this.#onBroken(error as NodeJS.ErrnoException);
    } finally {
      this.#run = undefined;
    }
  }
}

async function writeFully(descriptor: number, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += await writeOnce(descriptor, bytes.subarray(at));
    } catch (error) {
      // A pipe that another program has set not to block.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function writeOnce(descriptor: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}
