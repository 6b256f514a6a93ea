import { readTrueLatencyMs } from '../../test/e2e/faults-figures.ts';
import type { JsonFrame } from '../../test/support/programs.ts';

/** A frame that a receiver printed a line of. */
export interface Arrival {
  /** When the line was read, in milliseconds since 1970 by the clock of this process. */
  readonly atMs: number;
  readonly stream: string;
  readonly sequence: number;
  /** By the one clock behind all clocks, from capture to reception. */
  readonly trueLatencyMs: number;
  /** How far off the receiver's own figure is, beyond the error that it tells; 0 where it compares no clocks. */
  readonly wrongMs: number;
}

export function readArrival(line: string, atMs: number): Arrival & { readonly name: string | null } {
  const frame = JSON.parse(line) as JsonFrame;
  const { name, stream, sequence, latencyMs, latencyErrorMs, address } = frame;
  const trueLatencyMs = readTrueLatencyMs(frame);
  const wrongMs = latencyErrorMs === null ? 0 : Math.max(0, Math.abs(latencyMs - trueLatencyMs) - latencyErrorMs);
  return { name, atMs, stream: stream ?? address, sequence, trueLatencyMs, wrongMs };
}

/** So many frames in a row are on time once a camera is back. */
const steadyFrames = 3;

/**
 * Milliseconds from a moment to the first frame of a row of frames on time.
 * @param arrivals in their order
 * @param boundMs a frame with less latency is on time
 * @returns undefined: not yet
 */
export function findRecoveryMs(arrivals: readonly Arrival[], sinceMs: number, boundMs: number): number | undefined {
  let row = 0;
  let first = 0;
  for (let i = findFirst(arrivals, sinceMs); i < arrivals.length; i++) {
    const arrival = arrivals[i] as Arrival;
    if (arrival.trueLatencyMs >= boundMs) row = 0;
    else if (++row === 1) first = arrival.atMs;
    if (row === steadyFrames) return Math.max(0, first - sinceMs);
  }
  return undefined;
}

/** Index of the first one from that moment on. They are in the order of their times. */
function findFirst(arrivals: readonly Arrival[], sinceMs: number): number {
  let [low, high] = [0, arrivals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((arrivals[middle]?.atMs ?? 0) < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
