import type { SenderResult } from '../delivery/uplink.ts';
import { DescriptorWriter } from '../system/descriptor-writer.ts';
import { errorLine } from '../system/error-line.ts';
import type { Log } from '../system/log.ts';
import { formatEvent, type ResultEvent, type ResultOutput } from './result-output.ts';

const standardOutput = 1;
/** Lines that wait for a reader that is slow. */
const maxLines = 64;

/** Prints results and events to standard output, one line each. */
export class ResultLines implements ResultOutput {
  readonly #output: DescriptorWriter;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #waiting: string[] = [];
  #running: Promise<void> | undefined;
  #isBroken = false;
  dropped = 0;

  constructor(log: Log, descriptor = standardOutput) {
    this.#log = log;
    this.#output = new DescriptorWriter(descriptor, this.#stop.signal);
  }

  result(_: SenderResult, line: string): void {
    if (this.#isBroken || this.#waiting.length >= maxLines) this.dropped++;
    else this.#print(line);
  }

  event(event: ResultEvent): void {
    if (!this.#isBroken) this.#print(formatEvent(event));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #print(line: string): void {
    this.#waiting.push(line);
    this.#running ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const text = `${this.#waiting.join('\n')}\n`;
        this.#waiting = [];
        await this.#output.write([new TextEncoder().encode(text)]);
      }
    } catch (error) {
      this.#isBroken = true;
      this.dropped += this.#waiting.length;
      this.#waiting = [];
      this.#log.warn(`The reader of --results is gone: no more results are printed (${errorLine(error)})`);
    } finally {
      this.#running = undefined;
    }
  }
}
