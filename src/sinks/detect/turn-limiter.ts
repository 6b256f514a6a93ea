import type { Camera } from '../../frames/camera.ts';

/** A picture may come a little early: cameras do not keep their rate exactly. */
const earlyShare = 0.25;

/** Limits how often each camera has its turn. */
export class TurnLimiter {
  readonly #intervalMs: number;
  readonly #readClockMs: () => number;
  readonly #dueMs = new WeakMap<Camera, number>();

  /** @param maxFps turns of each camera in a second; undefined: no limit @param readClockMs reads a steady clock */
  constructor(maxFps: number | undefined, readClockMs = () => performance.now()) {
    this.#intervalMs = maxFps === undefined ? 0 : 1000 / maxFps;
    this.#readClockMs = readClockMs;
  }

  isDue(camera: Camera): boolean {
    if (this.#intervalMs === 0) return true;
    return this.#readClockMs() >= (this.#dueMs.get(camera) ?? 0) - earlyShare * this.#intervalMs;
  }

  /** The camera has its turn. A turn that is late does not make the next one early. */
  begin(camera: Camera): void {
    if (this.#intervalMs === 0) return;
    const nowMs = this.#readClockMs();
    const dueMs = this.#dueMs.get(camera) ?? nowMs;
    this.#dueMs.set(camera, Math.max(dueMs, nowMs - earlyShare * this.#intervalMs) + this.#intervalMs);
  }
}
