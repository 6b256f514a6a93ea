import { stripVTControlCharacters } from 'node:util';
import { replaceUnprintable } from '../protocol/unprintable.ts';

const maxLines = 3;
/** Characters. */
const maxLineLength = 160;

/**
 * The last lines of a text of any length, for one line of a log: a few, each cut, without
 * characters that a terminal would obey.
 */
export class LastLines {
  readonly #decoder = new TextDecoder();
  #lines: string[] = [];
  /** A line whose end is still to come. */
  #open = '';

  add(chunk: Uint8Array): void {
    const lines = this.#decoder.decode(chunk, { stream: true }).split(/[\r\n]/);
    const rest = lines.pop() ?? '';
    if (lines.length > 0) {
      lines[0] = this.#open + lines[0];
      this.#open = '';
      const whole = lines.filter((line) => line.trim() !== '').slice(-maxLines);
      this.#lines = [...this.#lines, ...whole.map(cleanLine)].slice(-maxLines);
    }
    // More is kept than is shown: an escape sequence at the cut is recognized only when it is
    // whole.
    this.#open = (this.#open + rest).slice(0, 2 * maxLineLength);
  }

  /** The lines, the newest last, with bars between them; empty when there was no text. */
  get text(): string {
    const open = this.#open.trim() === '' ? [] : [cleanLine(this.#open)];
    return [...this.#lines, ...open].slice(-maxLines).join(' | ');
  }
}

function cleanLine(line: string): string {
  const text = replaceUnprintable(stripVTControlCharacters(line.slice(0, 2 * maxLineLength))).trim();
  return text.length > maxLineLength ? `${text.slice(0, maxLineLength)}...` : text;
}
