import { maxAnswerBytes } from '../../protocol/results/answer.ts';

const lineEnd = 0x0a;

/** Splits the output of a detector into lines. A line that is too long is not kept: its end is waited for. */
export class AnswerLines {
  /** The chunk that is not split to its end. */
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #decoder = new TextDecoder();
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** To be called when `next` has given the end of the chunk before. */
  add(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next line of the chunk, without its end; an object stands for one that is too long. Undefined at the end of the chunk. */
  next(): string | { readonly isTooLong: true } | undefined {
    const end = this.#chunk.indexOf(lineEnd, this.#at);
    this.#keep(this.#chunk.subarray(this.#at, end < 0 ? undefined : end));
    this.#at = end < 0 ? this.#chunk.length : end + 1;
    return end < 0 ? undefined : this.#take();
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes <= maxAnswerBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #take(): string | { readonly isTooLong: true } {
    const isTooLong = this.#bytes > maxAnswerBytes;
    const text = this.#parts.map((part) => this.#decoder.decode(part, { stream: true })).join('');
    const line = text + this.#decoder.decode();
    this.#parts = [];
    this.#bytes = 0;
    return isTooLong ? { isTooLong } : line;
  }
}
