import type { Child } from '../../test/support/child.ts';
import type { SteppedClock } from '../../test/support/clock.ts';
import { type Runtime, soonMs, startProgram } from '../../test/support/programs.ts';
import { type Arrival, readArrival } from './arrivals.ts';

export interface TrialReceiverOptions {
  readonly runtime: Runtime;
  readonly args: readonly string[];
  /** A command that runs the program, as `before` of `ProgramOptions`. */
  readonly before?: readonly string[];
  readonly clock?: SteppedClock;
  /** So many frames of each camera are kept, the newest; all where it is not given. */
  readonly maxArrivals?: number;
  /** A line on standard error shows that it is ready: that it listens, where it is not given. */
  readonly readyLine?: RegExp;
  /** Called with each line of standard error. */
  readonly onMessage?: (line: string) => void;
}

/** A receiver that is killed and started again, with all frames that it printed in its lives, by the name of their camera. */
export class TrialReceiver implements AsyncDisposable {
  readonly #options: TrialReceiverOptions;
  readonly #arrivals = new Map<string, Arrival[]>();
  #child: Child | undefined;
  /** Lines of its lives before this one. */
  readonly #messages: string[] = [];
  kills = 0;

  constructor(options: TrialReceiverOptions) {
    this.#options = options;
  }

  /** Returns when it is ready. */
  async start(): Promise<void> {
    const { runtime, args, before = [], clock, readyLine = /listening on/ } = this.#options;
    this.#child = startProgram(runtime, 'image-receiver', [...args, '--json'], {
      before,
      ...(clock === undefined ? {} : { env: clock.env }),
      forgetsOutput: true,
      onLine: (line, stream) => {
        if (stream === 'stdout') this.#read(line);
        else this.#options.onMessage?.(line);
      },
    });
    await this.#child.waitForLine('stderr', readyLine, soonMs);
  }

  /** Of its life now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  /** SIGKILL; returns when it is gone. */
  async kill(): Promise<void> {
    this.kills++;
    this.#child?.signal('SIGKILL');
    await this.#child?.wait(soonMs);
    this.#bury();
  }

  /** SIGTERM. @returns its exit code; undefined where it does not run */
  async stop(): Promise<number | null | undefined> {
    const ending = await this.#child?.stop();
    this.#bury();
    return ending?.code;
  }

  /** Frames of the camera with that name so far, in their order; cameras of the classic wire have the name ''. */
  arrivals(name: string): readonly Arrival[] {
    return this.#arrivals.get(name) ?? [];
  }

  /** All that it said on standard error. */
  get messages(): string[] {
    return [...this.#messages, ...(this.#child?.lines('stderr') ?? [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #bury(): void {
    this.#messages.push(...(this.#child?.lines('stderr') ?? []));
    this.#child = undefined;
  }

  #read(line: string): void {
    // A line that a kill cut short.
    if (!line.endsWith('}')) return;
    const { name, ...arrival } = readArrival(line, Date.now());
    const found = this.#arrivals.get(name ?? '') ?? [];
    this.#arrivals.set(name ?? '', found);
    found.push(arrival);
    const { maxArrivals = Number.POSITIVE_INFINITY } = this.#options;
    if (found.length > 2 * maxArrivals) found.splice(0, maxArrivals);
  }
}
