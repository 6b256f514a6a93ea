import process from 'node:process';
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { replaceUnprintable } from '../protocol/unprintable.ts';
import type { Log } from '../system/log.ts';

const refreshMs = 200;
const maxQueuedBytes = 256 * 1024;

/**
 * Where messages for people go: plain lines in a pipe; on a terminal coloured ones, above lines
 * that are kept up to date.
 */
export class Terminal implements Log {
  readonly #program: string;
  readonly #stream = process.stderr;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #render: (() => string[]) | undefined;

  constructor(program: string) {
    this.#program = program;
    const stream = this.#stream;
    // A terminal that does not know its width (a serial line) has no room for lines that change.
    this.#update =
      stream.isTTY && stream.columns > 0 && stream.rows > 0 ? createLogUpdate(stream, { showCursor: true }) : undefined;
    // The reader of the messages may be gone; the work goes on.
    stream.on('error', () => undefined);
  }

  info(line: string): void {
    this.print(`${this.#program}: ${replaceUnprintable(line)}`);
  }

  warn(line: string): void {
    this.print(`${this.#program}: ${this.#color('yellow', replaceUnprintable(line))}`);
  }

  error(line: string): void {
    this.print(`${this.#program}: ${this.#color('red', replaceUnprintable(line))}`);
  }

  /** One line as it is. */
  print(line: string): void {
    if (this.#render === undefined || this.#update === undefined) {
      this.#write(line);
    } else {
      this.#update.persist(line);
      this.#update(this.#render().join('\n'));
    }
  }

  /** Keeps the lines that `render` gives at the bottom of a terminal; does nothing in a pipe. */
  startLive(render: () => string[]): void {
    if (this.#update === undefined) return;
    const update = this.#update;
    this.#render = render;
    this.#timer = setInterval(() => update(render().join('\n')), refreshMs);
  }

  stopLive(): void {
    clearInterval(this.#timer);
    this.#render = undefined;
    this.#update?.clear();
  }

  #write(line: string): void {
    // Nobody reads them: better to lose messages, and to say so, than memory.
    if (this.#stream.writableLength > maxQueuedBytes) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0)
      this.#stream.write(`${this.#program}: ${this.#dropped} messages dropped, as nobody read them\n`);
    this.#dropped = 0;
    this.#stream.write(`${line}\n`);
  }

  #color(color: 'yellow' | 'red', line: string): string {
    return this.#update === undefined ? line : styleText(color, line, { stream: this.#stream });
  }
}
