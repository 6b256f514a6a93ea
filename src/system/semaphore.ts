/** Lets so many through at once; the others wait, and those of each owner have their turn after those of the others. */
export class Semaphore {
  #free: number;
  /** Those that wait, in their order, by owner; the owner whose turn it is comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(places: number) {
    this.#free = places;
  }

  /** @param owner for whom it is: however much waits of one, that of others waits no longer for it */
  async run<T>(work: () => Promise<T>, owner = ''): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#add(owner, resolve));
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  /** Lets so many more through at once from now on. */
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
      // Its others come again behind all that wait.
      this.#waiting.delete(owner);
      if (waiting.length > 0) this.#waiting.set(owner, waiting);
      return next;
    }
    return undefined;
  }
}
