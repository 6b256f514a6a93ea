import { DescriptorWriter } from '../stdout/descriptor-writer.ts';
import type { LineOutput } from './line-sink.ts';

/** Bytes that may wait for a slow reader before senders are made to wait. */
const highWaterBytes = 64 * 1024;
/** Lines of each sender that may wait whatever the others bring, up to so many bytes of all: a flood leaves those of a camera in. */
const fairLines = 16;
const maxBytes = 4 * highWaterBytes;

/** Writes lines to a file descriptor without ever blocking on it, and tells the callers when to wait. */
export class LineWriter implements LineOutput {
  readonly #output: DescriptorWriter;
  readonly #onBroken: (error: NodeJS.ErrnoException) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** How many of them are of each sender. */
  readonly #waitingOf = new Map<object, number>();
  #run: Promise<void> | undefined;
  #isBroken = false;

  /**
   * @param stop from its abort on, a reader that does not read is waited for no more than two seconds
   * @param onBroken called once when the reader is gone or a write failed; later lines go nowhere
   */
  constructor(descriptor: number, stop: AbortSignal, onBroken: (error: NodeJS.ErrnoException) => void) {
    this.#output = new DescriptorWriter(descriptor, stop);
    this.#onBroken = onBroken;
  }

  isBehind(sender: object): boolean {
    if (this.#waitingBytes <= highWaterBytes) return false;
    return this.#waitingBytes > maxBytes || (this.#waitingOf.get(sender) ?? 0) >= fairLines;
  }

  /** A promise when the reader is behind: resolves when all lines so far are written. */
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
