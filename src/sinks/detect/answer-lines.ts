import { maxAnswerBytes } from '../../protocol/results/answer.ts';

const lineEnd = 0x0a;

/** Splits the output of a detector into lines. A line that is too long is not kept: its end is waited for. */
export class AnswerLines {
  readonly #decoder = new TextDecoder();
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** The lines that the chunk completes, without their ends; undefined stands for one that was too long. */
  *add(chunk: Uint8Array): Generator<string | undefined, void, undefined> {
    let at = 0;
    for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, at)) {
      this.#keep(chunk.subarray(at, end));
      yield this.#take();
      at = end + 1;
    }
    this.#keep(chunk.subarray(at));
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes <= maxAnswerBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #take(): string | undefined {
    const isTooLong = this.#bytes > maxAnswerBytes;
    const text = this.#parts.map((part) => this.#decoder.decode(part, { stream: true })).join('');
    const line = text + this.#decoder.decode();
    this.#parts = [];
    this.#bytes = 0;
    return isTooLong ? undefined : line;
  }
}
