import process from 'node:process';
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { Log } from '../system/log.ts';

const refreshMs = 200;

/** What `process.stderr` is here, and what a test puts in its place. */
export type MessageStream = NodeJS.WriteStream;

/** Where messages for people go: plain lines in a pipe; on a terminal coloured ones, above lines that are kept up to date. */
export class Terminal implements Log {
  readonly #program: string;
  readonly #stream: MessageStream;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #render: (() => string[]) | undefined;

  constructor(program: string, stream: MessageStream = process.stderr) {
    this.#program = program;
    this.#stream = stream;
    // A terminal that does not know its width (a serial line) has no room for lines that change.
    this.#update = stream.isTTY && stream.columns > 0 ? createLogUpdate(stream, { showCursor: true }) : undefined;
    // Whoever read the messages may be gone; the work goes on.
    stream.on('error', () => undefined);
  }

  info(line: string): void {
    this.print(`${this.#program}: ${line}`);
  }

  warn(line: string): void {
    this.print(`${this.#program}: ${this.#color('yellow', line)}`);
  }

  error(line: string): void {
    this.print(`${this.#program}: ${this.#color('red', line)}`);
  }

  /** One line as it is. */
  print(line: string): void {
    if (this.#render === undefined || this.#update === undefined) {
      this.#stream.write(`${line}\n`);
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

  #color(color: 'yellow' | 'red', line: string): string {
    return this.#update === undefined ? line : styleText(color, line, { stream: this.#stream });
  }
}
