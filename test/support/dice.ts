/** Random numbers that come again with the same seed (xorshift). */
export class Dice {
  #state: number;

  /** @param seed a whole number from 1 to 2^31 - 1 */
  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to `limit` - 1. */
  roll(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  /** From `min` to `max`, both whole numbers. */
  between(min: number, max: number): number {
    return min + this.roll(max - min + 1);
  }

  /** The same in another order. */
  shuffle<T>(values: readonly T[]): T[] {
    const rest = [...values];
    return values.map(() => rest.splice(this.roll(rest.length), 1)[0] as T);
  }

  /** One of them. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.roll(choices.length)] as T;
  }
}
