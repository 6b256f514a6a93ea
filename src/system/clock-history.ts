import { uptime } from 'node:os';

/** A wall clock that somebody may set, and one that nobody does: milliseconds. */
export interface ClockHistoryReaders {
  readWallMs(): number;
  /** Goes on while the machine sleeps, as a wall clock does. */
  readSteadyMs(): number;
}

/** A stretch of time while this ran, by a clock that was set afterwards. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** How much later its moments are by the clock as it is now. */
  readonly shiftMs: number;
}

/** By less it was kept in step, rather than set. */
const minStepMs = 60_000;
/** Files' times are coarser, by two seconds on FAT. */
const slackMs = 2000;
/** A clock that is set more often is worth nothing. */
const maxSpans = 16;

const systemReaders: ClockHistoryReaders = { readWallMs: () => Date.now(), readSteadyMs: () => uptime() * 1000 };

/** Notices when the wall clock is set, and tells the times that it showed before from those that it would have shown. */
export class ClockHistory {
  readonly #readers: ClockHistoryReaders;
  #spans: Span[] = [];
  /** Both clocks, at the last look, and when the wall clock was set last, or this began. */
  #last: { readonly wallMs: number; readonly steadyMs: number };
  #setAtSteadyMs: number;
  readonly #startedAtSteadyMs: number;

  constructor(readers: ClockHistoryReaders = systemReaders) {
    this.#readers = readers;
    this.#last = this.#read();
    this.#setAtSteadyMs = this.#last.steadyMs;
    this.#startedAtSteadyMs = this.#last.steadyMs;
  }

  /** By how much the clock was set since the last look: ahead, below 0 back; 0: not. Looks are to be many. */
  look(): number {
    const now = this.#read();
    const elapsedMs = now.steadyMs - this.#last.steadyMs;
    const expectedMs = this.#last.wallMs + elapsedMs;
    const stepMs = now.wallMs - expectedMs;
    const isStep = Math.abs(stepMs) >= minStepMs;
    if (isStep) {
      const before = { fromMs: this.#fromMs(this.#last), toMs: expectedMs, shiftMs: 0 };
      this.#spans = [...this.#spans, before]
        .map((span) => ({ ...span, shiftMs: span.shiftMs + stepMs }))
        .slice(-maxSpans);
      this.#setAtSteadyMs = this.#last.steadyMs;
    }
    this.#last = now;
    return isStep ? stepMs : 0;
  }

  /** Milliseconds that it has not been set for, as of the last look. */
  get steadyMs(): number {
    return this.#last.steadyMs - this.#setAtSteadyMs;
  }

  /** Since 1970, as of the last look. */
  get nowMs(): number {
    return this.#last.wallMs;
  }

  /** When this began, by the clock as it is now. */
  get startedAtMs(): number {
    return this.#last.wallMs - (this.#last.steadyMs - this.#startedAtSteadyMs);
  }

  /** That moment by the clock as it is now, where it was of a time that the clock showed before it was set; else undefined. */
  correct(wallMs: number): number | undefined {
    const isWithin = ({ fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>) =>
      wallMs >= fromMs - slackMs && wallMs <= toMs + slackMs;
    if (isWithin({ fromMs: this.#fromMs(this.#last), toMs: this.#last.wallMs })) return undefined;
    const span = this.#spans.findLast(isWithin);
    return span === undefined || Math.abs(span.shiftMs) < minStepMs ? undefined : wallMs + span.shiftMs;
  }

  /** What was shown before the clock was set is of no interest any more. */
  forget(): void {
    this.#spans = [];
  }

  get hasSpans(): boolean {
    return this.#spans.length > 0;
  }

  /** When it was set, by itself. */
  #fromMs({ wallMs, steadyMs }: { readonly wallMs: number; readonly steadyMs: number }): number {
    return wallMs - (steadyMs - this.#setAtSteadyMs);
  }

  #read() {
    return { wallMs: this.#readers.readWallMs(), steadyMs: this.#readers.readSteadyMs() };
  }
}
