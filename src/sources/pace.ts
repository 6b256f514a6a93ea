/** Keeps frames a fixed interval apart, by the steady clock. */
export class Pace {
  readonly #intervalMs: number;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** @param intervalMs from the start of one frame to the start of the next; 0: no pause */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Milliseconds from now until the next frame is due, 0 when it is. */
  get waitMs(): number {
    return this.#intervalMs === 0 ? 0 : Math.max(0, this.#nextMs - performance.now());
  }

  /** A frame is taken now. Being late by more than an interval is not made up for: no bursts after a pause. */
  advance(): void {
    const nowMs = performance.now();
    const isFarBehind = nowMs - this.#nextMs > this.#intervalMs;
    this.#nextMs = (isFarBehind ? nowMs : this.#nextMs) + this.#intervalMs;
  }
}
