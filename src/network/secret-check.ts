import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { dropOldest } from '../system/drop-oldest.ts';

/** What guesses cost. */
export interface GuessCosts {
  /** What a wrong one costs whoever guesses: milliseconds. */
  readonly penaltyMs: number;
  /** After so long a host that has to wait may guess once more: milliseconds. */
  readonly refillMs: number;
}

const defaultPenaltyMs = 1000;
/** Wrong guesses from one host in a row, before it has to wait. */
const maxGuesses = 20;
/** Hosts whose guesses are counted; that which has guessed last is forgotten last. */
const maxHosts = 1000;
/** Acquaintances that are remembered. */
const maxKnown = 1000;

/** `later`: it was not compared. */
export type Verdict = 'right' | 'wrong' | 'later';

/** Who says that he knows the secret. */
export interface Guesser {
  /** As `hostKey` gives it. */
  readonly host: string;
  /** What nobody else knows of him: with it, one who was right before is heard whatever others at his host (behind one router) do. */
  readonly id?: string;
}

/** Knows a secret that others have to know too: the token of senders, the password of the page. A host that is often wrong is not heard for a while. */
export class SecretCheck {
  readonly #digest: Uint8Array;
  readonly #costs: GuessCosts;
  /** Wrong guesses, less those that time has forgiven, by host; and those of acquaintances, each by its own name. */
  readonly #guesses = new Map<string, { count: number; sinceMs: number }>();
  /** Acquaintances: the oldest first. */
  readonly #known = new Set<string>();

  constructor(
    secret: Uint8Array,
    { penaltyMs = defaultPenaltyMs, refillMs }: Pick<GuessCosts, 'refillMs'> & Partial<GuessCosts>,
  ) {
    this.#digest = digest(secret);
    this.#costs = { penaltyMs, refillMs };
  }

  /** At once when it is right; else a promise that takes a second, and as long for any wrong one. */
  check(guess: Uint8Array, guesser: Guesser): 'right' | Promise<Verdict> {
    const name = this.#nameOf(guesser);
    if (this.#count(name) > maxGuesses - 1) return this.#delay('later');
    // Digests have one length, so that not even the length of the right one can be timed.
    if (timingSafeEqual(digest(guess), this.#digest)) {
      this.#meet(guesser);
      return 'right';
    }
    const count = this.#count(name) + 1;
    this.#guesses.delete(name);
    this.#guesses.set(name, { count, sinceMs: performance.now() });
    dropOldest(this.#guesses, maxHosts);
    return this.#delay('wrong');
  }

  /** How long one who was told `later` has to wait: whole seconds. */
  waitSeconds(guesser: Guesser): number {
    const ms = (this.#count(this.#nameOf(guesser)) - (maxGuesses - 1)) * this.#costs.refillMs;
    return Math.max(1, Math.ceil(ms / 1000));
  }

  async #delay(verdict: Verdict): Promise<Verdict> {
    await delay(this.#costs.penaltyMs);
    return verdict;
  }

  #meet({ id }: Guesser): void {
    if (id === undefined) return;
    this.#known.delete(id);
    this.#known.add(id);
    dropOldest(this.#known, maxKnown);
  }

  /** What his guesses are counted under. A space is in no host. */
  #nameOf({ host, id }: Guesser): string {
    return id !== undefined && this.#known.has(id) ? `known ${id}` : host;
  }

  #count(name: string): number {
    const guesses = this.#guesses.get(name);
    if (guesses === undefined) return 0;
    const count = guesses.count - (performance.now() - guesses.sinceMs) / this.#costs.refillMs;
    if (count > 0) return count;
    this.#guesses.delete(name);
    return 0;
  }
}

function digest(secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest();
}
