/** Two minutes. */
export const historySeconds = 120;

/** The frames of one second. */
export interface Second {
  /** Whole seconds since 1970, UTC. */
  readonly at: number;
  frames: number;
  /** The latency of the latest frame, in milliseconds; undefined if the clocks are not compared. */
  latencyMs: number | undefined;
}

/** The last two minutes of a camera, second by second; seconds without a frame are not in it. */
export class History {
  readonly #seconds: Second[] = [];

  add(nowUs: number, latencyMs: number | undefined): void {
    const at = Math.floor(nowUs / 1e6);
    let second = this.#seconds.at(-1);
    if (second?.at !== at) {
      second = { at, frames: 0, latencyMs: undefined };
      this.#seconds.push(second);
      if (this.#seconds.length > historySeconds) this.#seconds.shift();
    }
    second.frames++;
    if (latencyMs !== undefined) second.latencyMs = Math.max(second.latencyMs ?? latencyMs, latencyMs);
  }

  /** The oldest first, none older than two minutes. */
  since(nowUs: number): readonly Second[] {
    const min = Math.floor(nowUs / 1e6) - historySeconds;
    return this.#seconds.filter(({ at }) => at > min);
  }
}
