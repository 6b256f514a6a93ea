import type { CaptureTime } from '../protocol/frame.ts';

const maxDriftMs = 2;
/** By so little a clock that is kept in step is set back; more is somebody who sets it. */
const mostHeldMs = 20;
const closeMs = 0.1;
const mostReadings = 5;

/** Where a wall clock's time comes from, in milliseconds: the coarse one that is set, and a fine one that only goes on. */
export interface ClockReaders {
  readWallMs(): number;
  readFineMs(): number;
}

/**
 * Date.now() has milliseconds, performance.now() microseconds but runs away from a wall clock that is being set. Both together
 * give a wall clock with microseconds: the fine clock, laid anew against the coarse one when they part.
 */
export class WallClock {
  readonly #readers: ClockReaders;
  #offsetMs = 0;
  #lastUs = 0;

  constructor(readers: ClockReaders) {
    this.#readers = readers;
    this.#offsetMs = this.#readOffsetMs();
  }

  /** Microseconds since 1970, UTC. Follows the system's clock when that is set; a small step back is a pause, so that frames stay in order. */
  readUs(): number {
    let nowMs = this.#offsetMs + this.#readers.readFineMs();
    if (Math.abs(nowMs - this.#readers.readWallMs()) > maxDriftMs) nowMs = this.#followMs();
    const nowUs = Math.floor(nowMs * 1000);
    const isHeld = nowUs < this.#lastUs && this.#lastUs - nowUs <= mostHeldMs * 1000;
    if (!isHeld) this.#lastUs = nowUs;
    return this.#lastUs;
  }

  /** The clocks seem to have parted, which a pause of the process between the two readings looks like as well. */
  #followMs(): number {
    const offsetMs = this.#readOffsetMs();
    if (Math.abs(offsetMs - this.#offsetMs) > maxDriftMs) this.#offsetMs = offsetMs;
    return this.#offsetMs + this.#readers.readFineMs();
  }

  /** What the fine clock lacks: of a reading of both in one moment, or else of the closest. */
  #readOffsetMs(): number {
    let closest = Number.POSITIVE_INFINITY;
    let offsetMs = 0;
    for (let i = 0; i < mostReadings && closest > closeMs; i += 1) {
      const beforeMs = this.#readers.readFineMs();
      const wallMs = this.#readers.readWallMs();
      const apartMs = this.#readers.readFineMs() - beforeMs;
      if (apartMs >= closest) continue;
      closest = apartMs;
      offsetMs = wallMs - beforeMs;
    }
    return offsetMs;
  }
}

const wallClock = new WallClock({ readWallMs: () => Date.now(), readFineMs: () => performance.now() });

/** Wall clock of this process: microseconds since 1970, UTC. */
export function readWallClockUs(): number {
  return wallClock.readUs();
}

/** A clock that is never set, of this process: microseconds. */
export function readMonotonicUs(): number {
  return Math.floor(performance.now() * 1000);
}

/** Both clocks at one moment, as a captured frame carries them. */
export function readCaptureTime(): CaptureTime {
  return { capturedAtUs: readWallClockUs(), capturedMonotonicUs: readMonotonicUs() };
}
