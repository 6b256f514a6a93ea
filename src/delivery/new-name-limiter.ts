import { ProtocolError } from '../protocol/errors.ts';
import { RateLimit } from '../system/rate-limit.ts';

/** New names that one host may bring in a second, once it has brought as many as it may at once. */
const namesPerSecond = 1;
/** Hosts whose names are remembered, and how many names for each that it may bring at once. */
const maxHosts = 1000;
const remembered = 4;

/** Limits the new names that the senders of one host bring. */
export interface Naming {
  /** @throws ProtocolError TOO_MANY_SENDERS */
  admit(name: string): void;
}

/** Each name is a camera, with a folder, a file, a row on the page: how many new ones a host may bring, and how soon. */
export class NewNameLimiter {
  readonly #maxAtOnce: number;
  readonly #rate: RateLimit;
  /** Names by host; the hosts and the names that were heard of longest ago come first. */
  readonly #known = new Map<string, Set<string>>();

  /** @param mostAtOnce as many as may be connected from one host. @param readClockMs a steady clock */
  constructor(maxAtOnce: number, readClockMs?: () => number) {
    this.#maxAtOnce = maxAtOnce;
    this.#rate = new RateLimit({ burst: maxAtOnce, perSecond: namesPerSecond }, readClockMs);
  }

  of(host: string): Naming {
    return { admit: (name) => this.#admit(host, name) };
  }

  #admit(host: string, name: string): void {
    const names = this.#known.get(host) ?? new Set();
    if (!names.has(name) && !this.#rate.take(host)) {
      const limit = `${this.#maxAtOnce} at once (--max-per-address) and ${namesPerSecond} a second may come from its address`;
      throw new ProtocolError('TOO_MANY_SENDERS', `Cannot accept a sender with another new name as at most ${limit}`);
    }
    keepNewest(names, name, this.#maxAtOnce * remembered);
    this.#known.delete(host);
    this.#known.set(host, names);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxHosts && oldest !== undefined) this.#known.delete(oldest);
  }
}

function keepNewest(names: Set<string>, name: string, max: number): void {
  names.delete(name);
  names.add(name);
  const [oldest] = names;
  if (names.size > max && oldest !== undefined) names.delete(oldest);
}
