import { Buffer } from 'node:buffer';
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { hostKey } from '../../link/address.ts';

/** What a wrong password costs whoever guesses. */
const penaltyMs = 1000;
/** Wrong ones from one host in a row, before it has to wait. */
const mostGuesses = 20;
/** After so long it has one more. */
const refillMs = 10_000;
const mostHosts = 1000;

export type Verdict = 'right' | 'wrong' | 'later';

/** Knows the password of the page. A host that is often wrong is not even heard for a while. */
export class PasswordCheck {
  readonly #digest: Uint8Array;
  readonly #penaltyMs: number;
  /** Wrong guesses by host, less those that time has forgiven; the oldest first. */
  readonly #guesses = new Map<string, { count: number; sinceMs: number }>();

  constructor(password: Uint8Array, wrongMs = penaltyMs) {
    this.#digest = digest(password);
    this.#penaltyMs = wrongMs;
  }

  /** Takes a second when it is wrong, and as long for any wrong one. */
  async check(password: Uint8Array, address: string): Promise<Verdict> {
    const host = hostKey(address);
    if (this.#count(host) >= mostGuesses) return 'later';
    // Digests have one length, so that not even the length of the right one can be timed.
    if (timingSafeEqual(digest(password), this.#digest)) return 'right';
    this.#guesses.set(host, { count: this.#count(host) + 1, sinceMs: performance.now() });
    const oldest = this.#guesses.keys().next().value;
    if (this.#guesses.size > mostHosts && oldest !== undefined) this.#guesses.delete(oldest);
    await delay(this.#penaltyMs);
    return 'wrong';
  }

  /** How long an address that was told so has to wait: whole seconds. */
  waitSeconds(address: string): number {
    const ms = (this.#count(hostKey(address)) - mostGuesses) * refillMs;
    return Math.max(0, Math.floor(ms / 1000)) + 1;
  }

  #count(host: string): number {
    const guesses = this.#guesses.get(host);
    if (guesses === undefined) return 0;
    const count = guesses.count - (performance.now() - guesses.sinceMs) / refillMs;
    if (count > 0) return count;
    this.#guesses.delete(host);
    return 0;
  }
}

/** Makes and knows the passes of those who have logged in; they are worth nothing after a restart. */
export class Passes {
  readonly #key = randomBytes(32);

  /** @param untilMs milliseconds since 1970 */
  issue(untilMs: number): string {
    const text = String(Math.floor(untilMs));
    return `${text}.${this.#sign(text).toString('base64url')}`;
  }

  /** @param nowMs milliseconds since 1970 */
  isGood(pass: string, nowMs: number): boolean {
    const [text = '', signature = ''] = pass.split('.');
    if (!/^\d{1,15}$/.test(text)) return false;
    const given = Buffer.from(signature, 'base64url');
    const right = this.#sign(text);
    return given.length === right.length && timingSafeEqual(given, right) && Number(text) > nowMs;
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/** The password of an Authorization header, whatever the user is called; undefined where there is none. */
export function readBasicPassword(header: string | undefined): Uint8Array | undefined {
  const encoded = /^basic +([0-9A-Za-z+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(0x3a);
  return colon === -1 ? undefined : bytes.subarray(colon + 1);
}

function digest(password: Uint8Array): Uint8Array {
  return createHash('sha256').update(password).digest();
}
