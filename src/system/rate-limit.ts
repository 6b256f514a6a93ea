export interface Rate {
  /** How often it may happen at once. */
  readonly burst: number;
  /** How often it may happen again in each second after that. */
  readonly perSecond: number;
  /** Keys that are remembered: other machines choose keys, and must not fill the memory. */
  readonly maxKeys?: number;
}

interface Credit {
  readonly left: number;
  readonly countedMs: number;
}

const defaultMaxKeys = 10_000;

/** How often something may happen, for each key by itself: a token bucket. */
export class RateLimit {
  readonly #rate: Required<Rate>;
  readonly #readClockMs: () => number;
  /** Keys that have not all of their burst; the key that was taken longest ago comes first. */
  readonly #credits = new Map<string, Credit>();

  /** @param readClockMs reads a steady clock */
  constructor(rate: Rate, readClockMs = () => performance.now()) {
    this.#rate = { maxKeys: defaultMaxKeys, ...rate };
    this.#readClockMs = readClockMs;
  }

  /** Whether it may happen now. If so, it is counted. */
  take(key: string): boolean {
    const nowMs = this.#readClockMs();
    const left = this.#left(this.#credits.get(key), nowMs);
    const mayHappen = left >= 1;
    this.#credits.delete(key);
    this.#credits.set(key, { left: mayHappen ? left - 1 : left, countedMs: nowMs });
    this.#forget(nowMs);
    return mayHappen;
  }

  /** Milliseconds until it may happen; 0: it may now. Counts nothing. */
  waitMs(key: string): number {
    const missing = 1 - this.#left(this.#credits.get(key), this.#readClockMs());
    return Math.max(0, (missing / this.#rate.perSecond) * 1000);
  }

  #left(credit: Credit | undefined, nowMs: number): number {
    const { burst, perSecond } = this.#rate;
    if (credit === undefined) return burst;
    return Math.min(burst, credit.left + ((nowMs - credit.countedMs) / 1000) * perSecond);
  }

  /** Forgets keys that have all of their burst again, and the oldest of too many. */
  #forget(nowMs: number): void {
    const { burst, maxKeys } = this.#rate;
    for (const [key, credit] of this.#credits) {
      if (this.#left(credit, nowMs) < burst && this.#credits.size <= maxKeys) return;
      this.#credits.delete(key);
    }
  }
}
