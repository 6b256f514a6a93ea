import { uptime } from 'node:os';

/** A wall clock that somebody may set, and a clock that nobody sets: milliseconds. */
export interface ClockHistoryReaders {
  readWallMs(): number;
  /** Goes on while the machine sleeps, as a wall clock does. */
  readSteadyMs(): number;
}

/** A time while this program ran, by a clock that was set afterwards. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** The same moments are so much later by the clock as it is now. */
  readonly shiftMs: number;
}

/** A smaller step keeps the clock in time, and does not set it. */
const minStepMs = 60_000;
/** Times of files are coarser, by two seconds on FAT. */
const slackMs = 2000;
/** A clock that is set more often says nothing about the past. */
const maxSpans = 16;

const systemReaders: ClockHistoryReaders = { readWallMs: () => Date.now(), readSteadyMs: () => uptime() * 1000 };

/**
 * Notices when the wall clock is set, and turns times that it showed before into the times that it
 * should have shown.
 */
export class ClockHistory {
  readonly #readers: ClockHistoryReaders;
  #spans: Span[] = [];
  /** Both clocks at the last look. */
  #last: { readonly wallMs: number; readonly steadyMs: number };
  /** When the wall clock was set last, or this began. */
  #setAtSteadyMs: number;
  readonly #startedAtSteadyMs: number;

  constructor(readers: ClockHistoryReaders = systemReaders) {
    this.#readers = readers;
    this.#last = this.#read();
    this.#setAtSteadyMs = this.#last.steadyMs;
    this.#startedAtSteadyMs = this.#last.steadyMs;
  }

  /**
   * Milliseconds by which the clock was set since the last look: above 0 ahead, below 0 back; 0:
   * not. To be called often.
   */
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

  /** Milliseconds for which the clock has not been set, as of the last look. */
  get steadyMs(): number {
    return this.#last.steadyMs - this.#setAtSteadyMs;
  }

  /** Milliseconds since 1970, as of the last look. */
  get nowMs(): number {
    return this.#last.wallMs;
  }

  /** When this began, by the clock as it is now: milliseconds since 1970. */
  get startedAtMs(): number {
    return this.#last.wallMs - (this.#last.steadyMs - this.#startedAtSteadyMs);
  }

  /**
   * The same moment by the clock as it is now, where the clock showed that time before it was set;
   * else undefined.
   */
  correct(wallMs: number): number | undefined {
    const isWithin = ({ fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>) =>
      wallMs >= fromMs - slackMs && wallMs <= toMs + slackMs;
    if (isWithin({ fromMs: this.#fromMs(this.#last), toMs: this.#last.wallMs })) return undefined;
    const span = this.#spans.findLast(isWithin);
    return span === undefined || Math.abs(span.shiftMs) < minStepMs ? undefined : wallMs + span.shiftMs;
  }

  /** Forgets the times that the clock showed before it was set. */
  forget(): void {
    this.#spans = [];
  }

  get hasSpans(): boolean {
    return this.#spans.length > 0;
  }

  /** When the clock was set, by the clock itself. */
  #fromMs({ wallMs, steadyMs }: { readonly wallMs: number; readonly steadyMs: number }): number {
    return wallMs - (steadyMs - this.#setAtSteadyMs);
  }

  #read() {
    return { wallMs: this.#readers.readWallMs(), steadyMs: this.#readers.readSteadyMs() };
  }
}
