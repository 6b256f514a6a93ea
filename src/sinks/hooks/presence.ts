import type { Camera } from '../../frames/camera.ts';

/** Tells when something comes into sight of a camera: once, until it has been out of sight for a time. */
export class Presence {
  readonly #holdMs: number;
  readonly #readClockMs: () => number;
  /** When it was last in sight. */
  readonly #lastMs = new WeakMap<Camera, number>();

  /** @param holdMs time out of sight that ends it @param readClockMs reads a steady clock */
  constructor(holdMs: number, readClockMs = () => performance.now()) {
    this.#holdMs = holdMs;
    this.#readClockMs = readClockMs;
  }

  /** It is in sight now. Returns whether it has come. */
  see(camera: Camera): boolean {
    const nowMs = this.#readClockMs();
    const lastMs = this.#lastMs.get(camera) ?? Number.NEGATIVE_INFINITY;
    this.#lastMs.set(camera, nowMs);
    return nowMs - lastMs > this.#holdMs;
  }
}
