// A watchdog asks: is it still going? Both classes answer for the time since they were asked last.

/** Watches the items that pass from a source to its reader, as the reader tells of them. */
export class FlowMeter {
  readonly #onFirst: () => void;
  #isAsked = false;
  #seen = 0;
  /** Items that have passed. */
  count = 0;

  /** @param onFirst called once, when the first item has come */
  constructor(onFirst: () => void = () => undefined) {
    this.#onFirst = onFirst;
  }

  /** The reader asks for the next item. */
  ask(): void {
    this.#isAsked = true;
  }

  /** An item has come. */
  pass(): void {
    this.#isAsked = false;
    if (this.count++ === 0) this.#onFirst();
  }

  /** No item will come any more. */
  end(): void {
    this.#isAsked = false;
  }

  /**
   * Whether an item has passed since the last call, or the reader asks for none: then none can be
   * missing.
   */
  isFlowing(): boolean {
    const hasMoved = this.count !== this.#seen;
    this.#seen = this.count;
    return hasMoved || !this.#isAsked;
  }
}

/** Watches work, such as writes to a disk, that may hang. */
export class WorkMeter {
  #inFlight = 0;
  #done = 0;
  #seen = 0;

  /** Does the work. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight++;
    try {
      return await work();
    } finally {
      this.#inFlight--;
      this.#done++;
    }
  }

  /** Whether a piece of work has ended since the last call, well or not, or there is none. */
  isFlowing(): boolean {
    const hasMoved = this.#done !== this.#seen;
    this.#seen = this.#done;
    return hasMoved || this.#inFlight === 0;
  }
}
