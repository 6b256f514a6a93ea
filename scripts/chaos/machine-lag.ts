const tickMs = 20;

interface Lag {
  readonly atMs: number;
  readonly lagMs: number;
}

/** Notes when the machine has no time for this process, and so hardly for the others. */
export class MachineLag implements Disposable {
  readonly #minMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #lags: Lag[] = [];
  #lastMs = performance.now();

  /** @param minMs shorter lags do not count */
  constructor(minMs: number) {
    this.#minMs = minMs;
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** The longest time since then, in milliseconds since 1970, that this process had to wait for its turn. */
  maxSince(sinceMs: number): number {
    return Math.max(0, ...this.#lags.filter(({ atMs }) => atMs >= sinceMs).map(({ lagMs }) => lagMs));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    const lagMs = nowMs - this.#lastMs - tickMs;
    this.#lastMs = nowMs;
    if (lagMs >= this.#minMs) this.#lags.push({ atMs: Date.now(), lagMs });
  }
}
