import { DescriptorWriter } from '../../system/descriptor-writer.ts';
import type { LineOutput } from './line-sink.ts';

/** The bytes that may wait for a slow reader before senders have to wait. */
const highWaterBytes = 64 * 1024;
/**
 * So many lines of each sender may wait whatever the others send, up to so many bytes of all: a
 * flood does not drop the lines of a camera.
 */
const fairLines = 16;
const maxBytes = 4 * highWaterBytes;

/** Writes lines to a file descriptor, never blocks on it, and says when callers have to wait. */
export class LineWriter implements LineOutput {
  readonly #output: DescriptorWriter;
  readonly #onBroken: (error: NodeJS.ErrnoException) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** How many lines of each sender wait. */
  readonly #waitingOf = new Map<object, number>();
  #run: Promise<void> | undefined;
  #isBroken = false;

  /**
   * @param stop after its abort, the writer waits at most two seconds for the reader
   * @param onBroken called once when the reader is gone or a write failed; later lines are dropped
   */
  constructor(descriptor: number, stop: AbortSignal, onBroken: (error: NodeJS.ErrnoException) => void) {
    this.#output = new DescriptorWriter(descriptor, stop);
    this.#onBroken = onBroken;
  }

  isBehind(sender: object): boolean {
    if (this.#waitingBytes <= highWaterBytes) return false;
    return this.#waitingBytes > maxBytes || (this.#waitingOf.get(sender) ?? 0) >= fairLines;
  }

  /**
   * Gives a promise when the reader is behind, which resolves when all lines so far are written.
   */
  write(line: string, sender: object): void | Promise<void> {
    if (this.#isBroken) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    this.#waitingOf.set(sender, (this.#waitingOf.get(sender) ?? 0) + 1);
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
        this.#waitingOf.clear();
        await this.#output.write([new TextEncoder().encode(text)]);
      }
    } catch (error) {
      this.#isBroken = true;
      this.#waiting = [];
      this.#waitingOf.clear();
      this.#onBroken(error as NodeJS.ErrnoException);
    } finally {
      this.#run = undefined;
    }
  }
}
