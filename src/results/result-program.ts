import type { SenderResult } from '../delivery/uplink.ts';
import type { Child } from '../system/child.ts';
import type { ChildCommand } from '../system/child-command.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { Supervisor } from '../system/supervisor.ts';
import { formatEvent, type ResultEvent, type ResultOutput } from './result-output.ts';

const logLines = 1;
/** Bytes that wait for the program to read them, beyond those that the kernel holds. */
const maxUnreadBytes = 4096;

/** One program that stays, and gets a line for each result on its standard input. */
export class ResultProgram implements ResultOutput {
  readonly #supervisor: Supervisor;
  readonly #log: LimitedLog;
  readonly #stop = new AbortController();
  #child: Child | undefined;
  #running: Promise<void> = Promise.resolve();
  /** The last event: a program that starts again has to know it. */
  #event: ResultEvent | undefined;
  dropped = 0;

  constructor(command: ChildCommand, log: Log) {
    this.#log = new LimitedLog(log, logLines);
    this.#supervisor = new Supervisor(command, {
      started: (child) => this.#begin(child),
      ended: () => {
        this.#child = undefined;
      },
      failed: (reason) => this.#log.warn('end', `The program of --on-result ${reason} [OUTPUT_FAILED]`),
    });
  }

  start(): void {
    this.#running = this.#supervisor.run(this.#stop.signal);
  }

  result(_: SenderResult, line: string): void {
    const child = this.#child;
    if (child === undefined || child.unreadBytes > maxUnreadBytes) {
      this.dropped++;
      if (child !== undefined)
        this.#log.warn('behind', 'The program of --on-result is slower than the results come: newer ones are dropped');
      return;
    }
    write(child, line);
  }

  event(event: ResultEvent): void {
    this.#event = event;
    // It is short, and comes once: it waits for a program that is slow.
    if (this.#child !== undefined) write(this.#child, formatEvent(event));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #begin(child: Child): void {
    this.#child = child;
    // Nobody reads its output, and it must not wait for that.
    child.input.open({ chunk: () => true, ended: () => undefined });
    if (this.#event !== undefined) write(child, formatEvent(this.#event));
  }
}

function write(child: Child, line: string): void {
  child.write(new TextEncoder().encode(`${line}\n`));
}
