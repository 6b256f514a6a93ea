import process from 'node:process';
import { onAbort, pause } from '../../system/abort.ts';
import { Child, type ChildEnd } from '../../system/child.ts';
import type { ChildCommand } from '../../system/child-command.ts';
import { describeFileError } from '../../system/file-error.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { formatInput, formatVariables, type HookEvent, type HookKind } from './hook-event.ts';
import { HookQueue, maxOthers } from './hook-queue.ts';

export interface RunnerOptions {
  readonly command: ChildCommand;
  /** The longest run: milliseconds. */
  readonly timeoutMs: number;
  /** Stands for `Child.start` in tests. */
  readonly start?: typeof Child.start;
}

/** The time from SIGTERM to SIGKILL. */
const killAfterMs = 2000;
/** The time between two looks at a command that survives SIGKILL. */
const patienceMs = 3_600_000;
/**
 * To start a program blocks this one for as long as the system takes to copy its page tables, about
 * 5 ms for each 100 MB. The pause to the next start is so many times as long.
 */
const startPauses = 9;

/** Runs the command of one kind of event, for one event at a time. */
export class HookRunner {
  readonly #kind: HookKind;
  readonly #options: RunnerOptions;
  readonly #log: LimitedLog;
  readonly #queue = new HookQueue();
  readonly #given = new AbortController();
  #running: Promise<void> | undefined;
  /** Runs that ended with status 0. */
  done = 0;
  /** Events that were dropped. */
  dropped = 0;
  /** Runs that ended otherwise, or could not begin. */
  failures = 0;

  /** @param log takes failures */
  constructor(kind: HookKind, options: RunnerOptions, log: LimitedLog) {
    this.#kind = kind;
    this.#options = options;
    this.#log = log;
  }

  get waiting(): { readonly events: number; readonly bytes: number } {
    return { events: this.#queue.length, bytes: this.#queue.bytes };
  }

  /** The events that wait. */
  get events(): Iterable<HookEvent> {
    return this.#queue.events;
  }

  add(event: HookEvent): void {
    const dropped = this.#given.signal.aborted ? 1 : this.#queue.add(event);
    this.dropped += dropped;
    // Frames are often dropped: they come faster than commands end.
    if (dropped > 0 && event.kind !== 'frame')
      this.#log.warn(
        `${this.#kind} queue`,
        `The command of --on-${this.#kind} is slower than its events: more than ${maxOthers} wait. The oldest of the host with the most are dropped until it keeps up`,
      );
    this.#running ??= this.#runAll();
  }

  /** Drops the events that wait. */
  clear(): void {
    this.dropped += this.#queue.clear();
  }

  /** Resolves when no event waits and no command runs. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /**
   * Drops the events that wait and those that come; ends the command that runs. Resolves when all
   * of it is counted.
   */
  async giveUp(): Promise<void> {
    this.#given.abort();
    this.clear();
    await this.#running;
  }

  async #runAll(): Promise<void> {
    for (let event = this.#queue.next(); event !== undefined; event = this.#queue.next()) {
      const startMs = performance.now();
      const starting = this.#start(event);
      const costMs = performance.now() - startMs;
      await this.#attend(await starting, event);
      await pause(startPauses * costMs, this.#given.signal);
    }
    this.#running = undefined;
  }

  #start(event: HookEvent): Promise<Child | Error> {
    const { command, start = Child.start } = this.#options;
    const environment = { ...process.env, ...formatVariables(event) };
    const options = { environment, input: formatInput(event), killAfterMs };
    return start(command.path, command.args, options).catch((error: Error) => error);
  }

  async #attend(child: Child | Error, event: HookEvent): Promise<void> {
    if (child instanceof Error) return this.#fail(event, `could not be started: ${describeFileError(child)}`);
    const { timeoutMs } = this.#options;
    const end = await this.#waitFor(child, timeoutMs);
    const limit = this.#given.signal.aborted
      ? 'did not end before the receiver'
      : `took more than ${timeoutMs / 1000} s`;
    // The command may have started programs that still run: the limit counts for these too.
    await child.stop();
    const how = end?.how ?? `${limit} and was ended`;
    if (end?.isGood) this.done++;
    else this.#fail(event, `${how}${child.lastWords === '' ? '' : `: ${child.lastWords}`}`);
    await this.#outlive(child, event);
  }

  /** Says how it ended; undefined when it takes longer, or the runner gives up before. */
  async #waitFor(child: Child, timeoutMs: number): Promise<ChildEnd | undefined> {
    const given = Promise.withResolvers<undefined>();
    const callOff = onAbort(this.#given.signal, () => given.resolve(undefined));
    return await Promise.race([child.ended(timeoutMs), given.promise]).finally(callOff);
  }

  /** While a command hangs within the kernel, no second one is started. */
  async #outlive(child: Child, { camera, host }: HookEvent): Promise<void> {
    if ((await child.ended(0)) !== undefined) return;
    this.#log.warn(
      this.#kind,
      `The --on-${this.#kind} command for ${camera} hangs in the system: none is run until it is gone`,
      host,
    );
    while (!this.#given.signal.aborted && (await this.#waitFor(child, patienceMs)) === undefined);
  }

  #fail({ camera, host }: HookEvent, how: string): void {
    this.failures++;
    this.#log.warn(this.#kind, `The --on-${this.#kind} command for ${camera} ${how}`, host);
  }
}
