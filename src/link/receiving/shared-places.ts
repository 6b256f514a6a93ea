/**
 * Places for senders that share a connection with others, of all connections together: without a bound one could be as many as it likes. Those
 * of one name have one place, as a proxy sends the pictures of a camera over any of its connections.
 */
export class SharedPlaces {
  readonly #most: number;
  /** Senders by name. */
  readonly #taken = new Map<string | undefined, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there is one. */
  take(name: string | undefined): boolean {
    const count = this.#taken.get(name) ?? 0;
    if (count === 0 && this.#taken.size >= this.#most) return false;
    this.#taken.set(name, count + 1);
    return true;
  }

  giveBack(name: string | undefined): void {
    const count = this.#taken.get(name) ?? 0;
    if (count > 1) this.#taken.set(name, count - 1);
    else this.#taken.delete(name);
  }
}
