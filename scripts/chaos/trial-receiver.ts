import type { Child } from '../../test/support/child.ts';
import type { SteppedClock } from '../../test/support/clock.ts';
import { type Runtime, soonMs, startProgram } from '../../test/support/programs.ts';
import { type Arrival, readArrival } from './arrivals.ts';

export interface TrialReceiverOptions {
  readonly runtime: Runtime;
  readonly args: readonly string[];
  /** A command that runs the program, as `before` of `ProgramOptions`. */
  readonly before: readonly string[];
  readonly clock: SteppedClock;
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

  /** Returns when it listens. */
  async start(): Promise<void> {
    const { runtime, args, before, clock } = this.#options;
    this.#child = startProgram(runtime, 'image-receiver', [...args, '--json'], {
      before,
      env: clock.env,
      forgetsOutput: true,
      onLine: (line, stream) => {
        if (stream === 'stdout') this.#read(line);
      },
    });
    await this.#child.waitForLine('stderr', /listening on/, soonMs);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  /** SIGKILL; returns when it is gone. */
  async kill(): Promise<void> {
    this.kills++;
    this.#child?.signal('SIGKILL');
    await this.#child?.wait(soonMs);
    this.#messages.push(...(this.#child?.lines('stderr') ?? []));
  }

  /** @returns its exit code */
  async stop(): Promise<number | null | undefined> {
    return (await this.#child?.stop())?.code;
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

  #read(line: string): void {
    // A line that a kill cut short.
    if (!line.endsWith('}')) return;
    const { name, ...arrival } = readArrival(line, Date.now());
    const found = this.#arrivals.get(name ?? '') ?? [];
    this.#arrivals.set(name ?? '', found);
    found.push(arrival);
  }
}
