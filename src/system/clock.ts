import type { CaptureTime } from '../protocol/frame.ts';

/** NTP sets a clock back by no more than this; a larger step means that somebody set the clock. */
const maxHeldMs = 20;

/**
 * The clocks that a wall clock is made of, in milliseconds: a coarse clock that is set, and a fine
 * clock that is never set.
 */
export interface ClockReaders {
  readWallMs(): number;
  readFineMs(): number;
}

/** Both clocks at one moment. */
export interface ClockReading {
  /** Microseconds since 1970, UTC. */
  readonly wallUs: number;
  /** Microseconds of a clock of this process that is never set. */
  readonly monotonicUs: number;
}

/**
 * Date.now() has milliseconds. performance.now() has microseconds, and runs away from a wall clock
 * that is being set. Both together give a wall clock with microseconds: the fine clock, kept within
 * the millisecond of the coarse one.
 */
export class WallClock {
  readonly #readers: ClockReaders;
  /** The wall clock less the fine clock, as far as it is known. */
  #offsetMs = Number.NEGATIVE_INFINITY;
  #lastUs = 0;

  constructor(readers: ClockReaders) {
    this.#readers = readers;
  }

  /**
   * Follows the system's clock when it is set. A small step back becomes a pause, so that frames
   * stay in order.
   */
  read(): ClockReading {
    const beforeMs = this.#readers.readFineMs();
    const wallMs = this.#readers.readWallMs();
    const fineMs = this.#readers.readFineMs();
    // The wall clock showed that millisecond at some time between the two readings. A pause of the
    // process only widens the range.
    this.#offsetMs = Math.min(Math.max(this.#offsetMs, wallMs - fineMs), wallMs + 1 - beforeMs);
    const nowUs = Math.floor((this.#offsetMs + fineMs) * 1000);
    const isHeld = nowUs < this.#lastUs && this.#lastUs - nowUs <= maxHeldMs * 1000;
    if (!isHeld) this.#lastUs = nowUs;
    return { wallUs: this.#lastUs, monotonicUs: Math.floor(fineMs * 1000) };
  }
}

const wallClock = new WallClock({ readWallMs: () => Date.now(), readFineMs: () => performance.now() });

/**
 * Reads both clocks at once: two readings would differ by the time for which the process is held up
 * between them.
 */
export function readClocks(): ClockReading {
  return wallClock.read();
}

/** Microseconds since 1970, UTC. */
export function readWallClockUs(): number {
  return wallClock.read().wallUs;
}

/** Reads a clock of this process that is never set: microseconds. */
export function readMonotonicUs(): number {
  return Math.floor(performance.now() * 1000);
}

/** Reads both clocks at one moment, as a captured frame carries them. */
export function readCaptureTime(): CaptureTime {
  const { wallUs, monotonicUs } = readClocks();
  return { capturedAtUs: wallUs, capturedMonotonicUs: monotonicUs };
}
