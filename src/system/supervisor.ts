import process from 'node:process';
import { onAbort, pause } from './abort.ts';
import { Child } from './child.ts';
import type { ChildCommand } from './child-command.ts';
import { describeFileError } from './file-error.ts';

/** Called by a supervisor. */
export interface SupervisorListener {
  /** The program runs. It is fed by `write`, and its output is to be read. */
  started(child: Child): void;
  /** It runs no more. */
  ended(): void;
  /** It ended by itself or was ended, and starts again. @param reason words that follow its name */
  failed(reason: string): void;
}

const [firstRetryMs, maxRetryMs] = [1000, 30_000];
const killAfterMs = 2000;
/** A program that lives so long without a word of success has worked, too. */
const longRunMs = 60_000;

/** Keeps a program running that reads its standard input: it is started again whenever it ends. */
export class Supervisor {
  readonly #command: ChildCommand;
  readonly #listener: SupervisorListener;
  /** Ends in a row before it did any work. */
  #failures = 0;
  #fault: string | undefined;
  #end: () => void = () => undefined;

  constructor(command: ChildCommand, listener: SupervisorListener) {
    this.#command = command;
    this.#listener = listener;
  }

  /** Whether the program that runs is about to be ended. */
  get isEnding(): boolean {
    return this.#fault !== undefined;
  }

  /** It works: when it ends, it starts again soon. */
  worked(): void {
    this.#failures = 0;
  }

  /** Ends the program that runs. @param fault words that follow its name */
  end(fault: string): void {
    this.#fault ??= fault;
    this.#end();
  }

  /** Runs the program, and runs it again, until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const startedMs = performance.now();
      const reason = await this.#runOnce(stop);
      if (stop.aborted) break;
      const ranMs = performance.now() - startedMs;
      if (ranMs >= longRunMs) this.#failures = 0;
      const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures++);
      this.#listener.failed(`${reason} after ${(ranMs / 1000).toFixed(1)} s; it starts again in ${delayMs / 1000} s`);
      await pause(delayMs, stop);
    }
  }

  /** Says why it is over. */
  async #runOnce(stop: AbortSignal): Promise<string> {
    const { path, args } = this.#command;
    const options = { environment: process.env, isFed: true, killAfterMs };
    const child = await Child.start(path, args, options).catch((error: Error) => error);
    if (child instanceof Error) return `could not be started (${describeFileError(child)})`;
    this.#fault = undefined;
    const over = new AbortController();
    this.#end = () => over.abort();
    const callOff = onAbort(stop, () => over.abort());
    onAbort(child.over, () => over.abort());
    if (!stop.aborted) this.#listener.started(child);
    await new Promise<void>((resolve) => onAbort(over.signal, resolve));
    callOff();
    // It may clean up when its input ends, as a lamp goes off.
    if (this.#fault === undefined) child.closeInput();
    const end = this.#fault === undefined ? await child.ended(killAfterMs) : undefined;
    await child.stop();
    this.#listener.ended();
    const how = this.#fault ?? end?.how ?? 'did not end';
    return child.lastWords === '' ? how : `${how} (${child.lastWords})`;
  }
}
