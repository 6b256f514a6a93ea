import type { CaptureTime } from '../protocol/frame.ts';

// Date.now() has milliseconds, performance.now() microseconds but runs away from a wall clock that is being set. Both together
// give a wall clock with microseconds: the fine clock, laid anew against the coarse one when they part.

const maxDriftMs = 2;
let wallOriginMs = Date.now();
let fineOriginMs = performance.now();

/** Wall clock: microseconds since 1970, UTC. Follows the system's clock when that is set. */
export function readWallClockUs(): number {
  const wallMs = Date.now();
  let nowMs = wallOriginMs + performance.now() - fineOriginMs;
  if (Math.abs(nowMs - wallMs) > maxDriftMs) {
    wallOriginMs = wallMs;
    fineOriginMs = performance.now();
    nowMs = wallMs;
  }
  return Math.floor(nowMs * 1000);
}

/** A clock that is never set, of this process: microseconds. */
export function readMonotonicUs(): number {
  return Math.floor(performance.now() * 1000);
}

/** Both clocks at one moment, as a captured frame carries them. */
export function readCaptureTime(): CaptureTime {
  return { capturedAtUs: readWallClockUs(), capturedMonotonicUs: readMonotonicUs() };
}
