/** Lets so many pieces of work run at once. The others wait, and their owners take turns. */
export class Semaphore {
  #free: number;
  /** The work that waits, in its order, by owner; the owner whose turn it is comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(places: number) {
    this.#free = places;
  }

  /**
   * Does the work when it may run.
   * @param owner however much of one owner waits, the work of others waits no longer for it
   */
  async run<T>(work: () => Promise<T>, owner = ''): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#add(owner, resolve));
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  /** Lets so many more pieces of work run at once from now on. */
  grow(places: number): void {
    for (let i = 0; i < places; i++) this.#release();
  }

  #release(): void {
    const next = this.#next();
    if (next === undefined) this.#free++;
    else next();
  }

  #add(owner: string, resolve: () => void): void {
    const others = this.#waiting.get(owner);
    if (others === undefined) this.#waiting.set(owner, [resolve]);
    else others.push(resolve);
  }

  #next(): (() => void) | undefined {
    for (const [owner, waiting] of this.#waiting) {
      const next = waiting.shift();
      // The owner goes behind all others.
      this.#waiting.delete(owner);
      if (waiting.length > 0) this.#waiting.set(owner, waiting);
      return next;
    }
    return undefined;
  }
}
