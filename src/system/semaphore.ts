import { FairQueue } from './fair-queue.ts';

/** Lets so many pieces of work run at once. The others wait, and their owners take turns. */
export class Semaphore {
  #free: number;
  readonly #waiting = new FairQueue<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /**
   * Does the work when it may run.
   * @param owner however much of one owner waits, the work of others waits no longer for it
   */
  async run<T>(work: () => Promise<T>, owner = ''): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.add(resolve, [owner]));
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
    const next = this.#waiting.next();
    if (next === undefined) this.#free++;
    else next();
  }
}
