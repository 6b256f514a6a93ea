import type { CaptureTime } from '../protocol/frame.ts';

/** By so little a clock that is kept in step is set back; more is somebody who sets it. */
const maxHeldMs = 20;

/** Where a wall clock's time comes from, in milliseconds: the coarse one that is set, and a fine one that only goes on. */
export interface ClockReaders {
  readWallMs(): number;
  readFineMs(): number;
}

/** Both clocks at one moment, in microseconds. */
export interface ClockReading {
  /** Since 1970, UTC. */
  readonly wallUs: number;
  /** Of a clock that is never set, of this process. */
  readonly monotonicUs: number;
}

/**
 * Date.now() has milliseconds, performance.now() microseconds but runs away from a wall clock that is being set. Both together
 * give a wall clock with microseconds: the fine clock, kept where the coarse one leaves it room.
 */
export class WallClock {
  readonly #readers: ClockReaders;
  /** The wall clock less the fine one, as far as is known. */
  #offsetMs = Number.NEGATIVE_INFINITY;
  #lastUs = 0;

  constructor(readers: ClockReaders) {
    this.#readers = readers;
  }

  /** Follows the system's clock when that is set; a small step back is a pause, so that frames stay in order. */
  read(): ClockReading {
    const beforeMs = this.#readers.readFineMs();
    const wallMs = this.#readers.readWallMs();
    const fineMs = this.#readers.readFineMs();
    // The wall clock was at that millisecond at some time between the two: a pause of the process leaves more room, and misleads nobody.
    this.#offsetMs = Math.min(Math.max(this.#offsetMs, wallMs - fineMs), wallMs + 1 - beforeMs);
    const nowUs = Math.floor((this.#offsetMs + fineMs) * 1000);
    const isHeld = nowUs < this.#lastUs && this.#lastUs - nowUs <= maxHeldMs * 1000;
    if (!isHeld) this.#lastUs = nowUs;
    return { wallUs: this.#lastUs, monotonicUs: Math.floor(fineMs * 1000) };
  }
}

const wallClock = new WallClock({ readWallMs: () => Date.now(), readFineMs: () => performance.now() });

/** Both clocks by one look: two would differ by whatever the process is held up between them. */
export function readClocks(): ClockReading {
  return wallClock.read();
}

/** Microseconds since 1970, UTC. */
export function readWallClockUs(): number {
  return wallClock.read().wallUs;
}

/** A clock that is never set, of this process: microseconds. */
export function readMonotonicUs(): number {
  return Math.floor(performance.now() * 1000);
}

/** Both clocks at one moment, as a captured frame carries them. */
export function readCaptureTime(): CaptureTime {
  const { wallUs, monotonicUs } = readClocks();
  return { capturedAtUs: wallUs, capturedMonotonicUs: monotonicUs };
}
