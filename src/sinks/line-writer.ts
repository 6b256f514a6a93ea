import { constants, fstatSync, openSync, write } from 'node:fs';
import { onAbort, pause } from '../system/abort.ts';
import type { LineOutput } from './lines.ts';

/** Bytes that may wait for a slow reader before senders are made to wait. */
const highWaterBytes = 64 * 1024;
/** Between two tries on a full pipe. */
const retryMs = 10;
/** How long a reader may take for the rest once the program stops. */
const graceMs = 2000;

/**
 * Writes lines to a file descriptor without ever blocking on it.
 *
 * `process.stdout` stops the whole program at a pipe that nobody reads; this keeps one write under way and the rest in
 * order, and tells the callers when to wait.
 */
export class LineWriter implements LineOutput {
  readonly #descriptor: number;
  readonly #onBroken: (error: NodeJS.ErrnoException) => void;
  readonly #expired = new AbortController();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #run: Promise<void> | undefined;
  #isBroken = false;

  /**
   * @param stop from its abort on, a reader that does not read is waited for no more than two seconds
   * @param onBroken called once when the reader is gone or a write failed; later lines go nowhere
   */
  constructor(descriptor: number, stop: AbortSignal, onBroken: (error: NodeJS.ErrnoException) => void) {
    this.#descriptor = openUnblocked(descriptor);
    this.#onBroken = onBroken;
    onAbort(stop, () => setTimeout(() => this.#expired.abort(), graceMs).unref());
  }

  /** Whether the reader is so far behind that `write` would ask to wait. */
  get isBehind(): boolean {
    return this.#waitingBytes > highWaterBytes;
  }

  /** A promise when the reader is behind: resolves when all lines so far are written. */
  write(line: string): void | Promise<void> {
    if (this.#isBroken) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    this.#run ??= this.#writeAll();
    if (this.isBehind) return this.#run;
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
        await this.#writeFully(new TextEncoder().encode(text));
      }
    } catch (error) {
      this.#isBroken = true;
      this.#waiting = [];
      this.#onBroken(error as NodeJS.ErrnoException);
    } finally {
      this.#run = undefined;
    }
  }

  async #writeFully(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += await writeOnce(this.#descriptor, bytes.subarray(at));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || this.#expired.signal.aborted) throw error;
        await pause(retryMs, this.#expired.signal);
      }
    }
  }
}

/** A pipe's own second opening, whose writes say EAGAIN where the first would block: that one is shared with other programs. */
function openUnblocked(descriptor: number): number {
  if (!fstatSync(descriptor).isFIFO()) return descriptor;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // A pipe that belongs to another user, or whose reader is gone already, which the first write will tell.
    return descriptor;
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
