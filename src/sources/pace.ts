/** Keeps frames an interval apart, by the steady clock. */
export class Pace {
  /** Milliseconds from the start of the frame before to the start of the next one; 0: no pause. */
  intervalMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param intervalMs until it is set to another */
  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  /** Milliseconds from now until the next frame is due, 0 when it is. */
  get waitMs(): number {
    return this.intervalMs === 0 ? 0 : Math.max(0, this.#dueMs - performance.now());
  }

  /**
   * A frame is taken now. Being late by more than an interval is not made up for: no bursts after a
   * pause.
   */
  advance(): void {
    const nowMs = performance.now();
    const isFarBehind = nowMs - this.#dueMs > this.intervalMs;
    this.#lastMs = isFarBehind ? nowMs : this.#dueMs;
  }

  get #dueMs(): number {
    return this.#lastMs + this.intervalMs;
  }
}
