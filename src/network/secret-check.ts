import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { dropOldest } from '../system/drop-oldest.ts';
import { RateLimit } from '../system/rate-limit.ts';

/** The price of wrong guesses. */
export interface GuessCosts {
  /** The answer to a wrong guess takes so long: milliseconds. */
  readonly penaltyMs: number;
  /** A host that has to wait may guess once more after so long: milliseconds. */
  readonly refillMs: number;
}

const defaultPenaltyMs = 1000;
/** A host may guess wrong so often in a row before it has to wait. */
const maxGuesses = 20;
/** Hosts whose guesses are counted; the host that has guessed last is forgotten last. */
const maxHosts = 1000;
/** Ids that are remembered, of clients that knew the secret. */
const maxKnown = 1000;

/** `later`: the guess was not compared. */
export type Verdict = 'right' | 'wrong' | 'later';

/** A client that says that it knows the secret. */
export interface Guesser {
  /** The host, as `hostKey` gives it. */
  readonly host: string;
  /**
   * An id that nobody else knows: a client that was right before is checked at once, whatever
   * others at its host (behind one router) do.
   */
  readonly id?: string;
}

/**
 * Compares guesses with a secret: the token of senders, the password of the page. A host that is
 * often wrong has to wait.
 */
export class SecretCheck {
  readonly #digest: Uint8Array;
  readonly #penaltyMs: number;
  /** Wrong guesses by host, or by the id of a client that is known. */
  readonly #guesses: RateLimit;
  /** Ids of clients that knew the secret; the oldest comes first. */
  readonly #known = new Set<string>();

  constructor(
    secret: Uint8Array,
    { penaltyMs = defaultPenaltyMs, refillMs }: Pick<GuessCosts, 'refillMs'> & Partial<GuessCosts>,
  ) {
    this.#digest = digest(secret);
    this.#penaltyMs = penaltyMs;
    this.#guesses = new RateLimit({ burst: maxGuesses, perSecond: 1000 / refillMs, maxKeys: maxHosts });
  }

  /**
   * Answers at once when the guess is right; else after a second, and after the same time for each
   * wrong guess.
   */
  check(guess: Uint8Array, guesser: Guesser): 'right' | Promise<Verdict> {
    const name = this.#nameOf(guesser);
    if (this.#guesses.waitMs(name) > 0) return this.#delay('later');
    // Digests have one length, so that not even the length of the secret can be timed.
    if (timingSafeEqual(digest(guess), this.#digest)) {
      this.#remember(guesser);
      return 'right';
    }
    this.#guesses.take(name);
    return this.#delay('wrong');
  }

  /** How long a client with the answer `later` has to wait: whole seconds. */
  waitSeconds(guesser: Guesser): number {
    return Math.max(1, Math.ceil(this.#guesses.waitMs(this.#nameOf(guesser)) / 1000));
  }

  async #delay(verdict: Verdict): Promise<Verdict> {
    await delay(this.#penaltyMs);
    return verdict;
  }

  #remember({ id }: Guesser): void {
    if (id === undefined) return;
    this.#known.delete(id);
    this.#known.add(id);
    dropOldest(this.#known, maxKnown);
  }

  /** The key under which the guesses of a client are counted. No host has a space in it. */
  #nameOf({ host, id }: Guesser): string {
    return id !== undefined && this.#known.has(id) ? `known ${id}` : host;
  }
}

function digest(secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest();
}
