/**
 * Things that wait, shared fairly among their owners: each owner that has some waiting has its turn, and what must go for want of room
 * goes from the owner that has most. An owner may be several deep, such as a host and one of its cameras: the turn of a host is then the
 * turn of one of its cameras. What waits for one owner keeps its order.
 */
export class FairQueue<T extends object> {
  /** By owner; the one whose turn it is comes first, but for the one that had the last turn. */
  readonly #parts = new Map<string, FairQueue<T>>();
  /** What waits here and not for an owner. */
  readonly #items: T[] = [];
  #last: string | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** All that waits, owner by owner. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    yield* this.#items;
    for (const part of this.#parts.values()) yield* part;
  }

  /** @param owners from the outermost to the innermost. Returns how many wait for that owner now */
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

  /** Takes out the one whose turn it is. */
  next(): T | undefined {
    this.#endTurn();
    const [owner] = this.#parts.keys();
    this.#last = owner;
    return this.#take(owner, (part) => part.next());
  }

  /** Takes out the oldest of that owner; where none is said, of the one that has most waiting. */
  dropOldest([owner, ...inner]: readonly string[] = []): T | undefined {
    return this.#take(owner ?? this.#findLongest(), (part) => part.dropOldest(inner));
  }

  clear(): void {
    this.#items.length = 0;
    this.#parts.clear();
    this.#length = 0;
  }

  /** The owner that had its turn comes behind all that wait, those that came since included. */
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
    // Nothing is kept of an owner without anything that waits.
    if (owner !== undefined && part?.length === 0) this.#parts.delete(owner);
    return item;
  }

  /** Of several the one whose turn comes first. */
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
