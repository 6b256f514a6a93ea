/**
 * A queue that is fair to owners: owners take turns, and where there is no room, the owner that has
 * most loses an item. Owners may be nested, such as a host and one of its cameras: the turn of a
 * host is then the turn of one of its cameras. The items of one owner keep their order.
 */
export class FairQueue<T extends object> {
  /**
   * By owner, in the order of their turns; the owner that had the last turn may still be the first.
   */
  readonly #parts = new Map<string, FairQueue<T>>();
  /** Items without an owner at this depth. */
  readonly #items: T[] = [];
  #last: string | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** All items, owner by owner. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    yield* this.#items;
    for (const part of this.#parts.values()) yield* part;
  }

  /**
   * Returns how many items of that owner wait now.
   * @param owners from the outermost to the innermost
   */
  add(item: T, [owner, ...inner]: readonly string[]): number {
    this.#length++;
    if (owner === undefined) return this.#items.push(item);
    let part = this.#parts.get(owner);
    if (part === undefined) {
      part = new FairQueue();
      this.#parts.set(owner, part);
    }
    return part.add(item, inner);
  }

  /** Takes out the next item of the owner whose turn it is. */
  next(): T | undefined {
    this.#endTurn();
    const [owner] = this.#parts.keys();
    this.#last = owner;
    return this.#take(owner, (part) => part.next());
  }

  /**
   * Takes out the oldest item of that owner; where no owner is given, of the owner that has most.
   */
  dropOldest([owner, ...inner]: readonly string[] = []): T | undefined {
    return this.#take(owner ?? this.#findLongest(), (part) => part.dropOldest(inner));
  }

  clear(): void {
    this.#items.length = 0;
    this.#parts.clear();
    this.#length = 0;
  }

  /** The owner that had its turn goes behind all others, also behind those that came since. */
  #endTurn(): void {
    const last = this.#last;
    const part = last === undefined ? undefined : this.#parts.get(last);
    if (last === undefined || part === undefined) return;
    this.#parts.delete(last);
    this.#parts.set(last, part);
  }

  #take(owner: string | undefined, takeFrom: (part: FairQueue<T>) => T | undefined): T | undefined {
    const part = owner === undefined ? undefined : this.#parts.get(owner);
    const item = part === undefined ? this.#items.shift() : takeFrom(part);
    if (item !== undefined) this.#length--;
    // An owner without items is forgotten.
    if (owner !== undefined && part?.length === 0) this.#parts.delete(owner);
    return item;
  }

  /** The owner that has most items; of several the one whose turn comes first. */
  #findLongest(): string | undefined {
    let longest: string | undefined;
    let max = 0;
    for (const [owner, { length }] of this.#parts) {
      if (length <= max) continue;
      longest = owner;
      max = length;
    }
    return longest;
  }
}
