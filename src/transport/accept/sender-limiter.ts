/** Slots for senders that share a connection with others. */
export interface SenderSlots {
  /** Whether there is one for that name. */
  acquire(name: string | undefined): boolean;
  release(name: string | undefined): void;
}

/** Limits the senders that share connections, of all connections together: without it one connection could have any number. */
export class SenderLimiter {
  readonly #max: number;
  readonly #maxPerHost: number;
  readonly #names = new Names();
  readonly #hosts = new Map<string, Names>();

  /** @param maxPerHost slots that one host may have */
  constructor(max: number, maxPerHost: number) {
    this.#max = max;
    this.#maxPerHost = maxPerHost;
  }

  /** The slots that the connections of one host may take. */
  of(host: string): SenderSlots {
    return {
      acquire: (name) => {
        const names = this.#hosts.get(host) ?? new Names();
        if (!this.#names.hasRoom(name, this.#max) || !names.hasRoom(name, this.#maxPerHost)) return false;
        this.#names.add(name);
        names.add(name);
        this.#hosts.set(host, names);
        return true;
      },
      release: (name) => {
        this.#names.remove(name);
        const names = this.#hosts.get(host);
        names?.remove(name);
        if (names?.isEmpty) this.#hosts.delete(host);
      },
    };
  }
}

/** Senders by name: senders of one name have one slot, as a proxy sends the pictures of a camera over any of its connections. */
class Names {
  readonly #counts = new Map<string | undefined, number>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  hasRoom(name: string | undefined, max: number): boolean {
    return this.#counts.has(name) || this.#counts.size < max;
  }

  add(name: string | undefined): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  remove(name: string | undefined): void {
    const count = this.#counts.get(name) ?? 0;
    if (count > 1) this.#counts.set(name, count - 1);
    else this.#counts.delete(name);
  }
}
