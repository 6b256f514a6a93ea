import process from 'node:process';

/**
 * Seconds that each long step takes at most on two cores of a PC, with nothing else to do there: a user is told to
 * expect this. OpenCV and FFmpeg are built side by side.
 */
const EXPECTED_SECONDS: Readonly<Record<string, number>> = { ffmpeg: 390, opencv: 310 };

/** Where the lines go: standard error, or a test's own. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How often a line says how far a long step is, where there is no terminal with a line that changes. */
const reportMs = 60_000;
const redrawMs = 1000;

/** Says which steps of a build run, how far they are, and how long they take. */
export class BuildProgress {
  readonly #title: string;
  readonly #output: ProgressOutput;
  readonly #running = new Set<StepProgress>();
  #timer: NodeJS.Timeout | undefined;

  /** @param title stands before each line */
  constructor(title: string, output: ProgressOutput = process.stderr) {
    this.#title = title;
    this.#output = output;
  }

  /** A step has begun. */
  start(name: string): StepProgress {
    const step = new StepProgress(name);
    this.#running.add(step);
    const isLive = this.#output.isTTY === true;
    if (isLive) this.#redraw();
    else if (step.expected !== undefined) this.#say(step.describe());
    const [show, ms] = isLive ? [() => this.#redraw(), redrawMs] : [() => this.#report(), reportMs];
    this.#timer ??= setInterval(show, ms).unref();
    return step;
  }

  finish(step: StepProgress): void {
    this.#end(step);
    this.#say(`${step.name}: done in ${step.seconds()} s`);
  }

  /** The step was ended, as another one has failed. */
  stop(step: StepProgress): void {
    this.#end(step);
  }

  /** @param lines the end of the step's log */
  fail(step: StepProgress, log: string, lines: readonly string[]): void {
    this.#end(step);
    this.#say(`${step.name}: failed after ${step.seconds()} s; the end of ${log}:`);
    for (const line of lines) this.#output.write(`  ${line}\n`);
  }

  #end(step: StepProgress): void {
    this.#running.delete(step);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #say(line: string): void {
    const clear = this.#output.isTTY === true ? '\r\x1b[K' : '';
    this.#output.write(`${clear}${this.#title}: ${line}\n`);
    if (clear !== '' && this.#running.size > 0) this.#redraw();
  }

  #report(): void {
    for (const step of this.#running) this.#say(step.describe());
  }

  #redraw(): void {
    const steps = [...this.#running].map((step) => step.describe()).join('; ');
    // A longer line would go on in the next row, which is not cleared. Some terminals say 0.
    const line = `${this.#title}: ${steps}`.slice(0, (this.#output.columns || 80) - 1);
    this.#output.write(`\r${line}\x1b[K`);
  }
}

/** One step that runs. */
export class StepProgress {
  readonly name: string;
  /** Seconds, of a step that takes long. */
  readonly expected: number | undefined;
  readonly #startMs = performance.now();
  #percent: number | undefined;

  constructor(name: string) {
    this.name = name;
    this.expected = EXPECTED_SECONDS[name];
  }

  /** Takes the newest piece of ninja's "[12/345]" from a command's output. */
  update(output: string): void {
    const last = [...output.matchAll(/^\[(\d+)\/(\d+)\]/gm)].at(-1);
    if (last !== undefined) this.#percent = Math.floor((100 * Number(last[1])) / Number(last[2]));
  }

  seconds(): number {
    return Math.round((performance.now() - this.#startMs) / 1000);
  }

  describe(): string {
    const percent = this.#percent === undefined ? '' : ` ${this.#percent} %,`;
    const expected = this.expected === undefined ? 'so far' : `of about ${this.expected} s on two cores`;
    return `${this.name}:${percent} ${this.seconds()} s ${expected}`;
  }
}
