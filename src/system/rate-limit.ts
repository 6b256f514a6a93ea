export interface Rate {
  /** How often it may happen at once. */
  readonly burst: number;
  /** How often it may happen again in each second after that. */
  readonly perSecond: number;
}

interface Credit {
  left: number;
  countedMs: number;
}

/** Keys that are remembered: hosts choose keys, and must not fill the memory. */
const maxKeys = 10_000;

/** How often something may happen, for each key by itself: a token bucket. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #readClockMs: () => number;
  /**
   * Keys that have not all of their burst; the key that was asked about longest ago comes first.
   */
  readonly #credits = new Map<string, Credit>();

  /** @param readClockMs reads a steady clock */
  constructor(rate: Rate, readClockMs = () => performance.now()) {
    this.#rate = rate;
    this.#readClockMs = readClockMs;
  }

  /** Whether it may happen now. If so, it is counted. */
  take(key: string): boolean {
    const { burst, perSecond } = this.#rate;
    const nowMs = this.#readClockMs();
    const { left, countedMs } = this.#credits.get(key) ?? { left: burst, countedMs: nowMs };
    const credit = { left: Math.min(burst, left + ((nowMs - countedMs) / 1000) * perSecond), countedMs: nowMs };
    const mayHappen = credit.left >= 1;
    if (mayHappen) credit.left--;
    this.#credits.delete(key);
    this.#credits.set(key, credit);
    this.#forget(nowMs);
    return mayHappen;
  }

  /** Forgets keys that have all of their burst again. */
  #forget(nowMs: number): void {
    const { burst, perSecond } = this.#rate;
    for (const [key, { left, countedMs }] of this.#credits) {
      const isWhole = left + ((nowMs - countedMs) / 1000) * perSecond >= burst;
      if (!isWhole && this.#credits.size <= maxKeys) return;
      this.#credits.delete(key);
    }
  }
}
