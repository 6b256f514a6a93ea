/** Reading takes at most this part of the time, however many files there are. */
const usual = { everyMs: 60_000, share: 0.01 } as const;
/** The same, once it is seen that others delete files too. */
const inDoubt = { everyMs: 10_000, share: 0.1 } as const;

/**
 * Says when a folder is to be read again, as other programs may add or delete files: once a minute,
 * and more seldom where reading takes long.
 */
export class ReadingTimes {
  readonly #readNowMs: () => number;
  #startedAtMs = Number.POSITIVE_INFINITY;
  #endedAtMs = Number.POSITIVE_INFINITY;
  #isInDoubt = false;

  /** @param readNowMs a clock that nobody sets */
  constructor(readNowMs: () => number) {
    this.#readNowMs = readNowMs;
  }

  /** Whether the last reading is too old. */
  get isDue(): boolean {
    const { everyMs, share } = this.#isInDoubt ? inDoubt : usual;
    return this.#readNowMs() > this.#endedAtMs + Math.max(everyMs, (this.#endedAtMs - this.#startedAtMs) / share);
  }

  start(): void {
    this.#startedAtMs = this.#readNowMs();
    this.#isInDoubt = false;
  }

  end(): void {
    this.#endedAtMs = this.#readNowMs();
  }

  /** The last reading is not true any more. */
  doubt(): void {
    this.#isInDoubt = true;
  }
}
