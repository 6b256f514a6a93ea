import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ProtocolError } from '../../protocol/errors.ts';

/** What a wrong token costs whoever guesses. */
const penaltyMs = 1000;

/** Knows the token that senders must have. */
export class TokenCheck {
  readonly #digest: Uint8Array;

  constructor(token: Uint8Array) {
    this.#digest = digest(token);
  }

  /** Undefined when it is the right one; else a promise that fails after a while. Takes as long for any token. */
  check(token: Uint8Array): Promise<never> | undefined {
    // Digests have one length, so that not even the length of the right one can be timed.
    if (timingSafeEqual(digest(token), this.#digest)) return undefined;
    return this.#refuse(token.length === 0);
  }

  async #refuse(isMissing: boolean): Promise<never> {
    await delay(penaltyMs);
    if (isMissing) throw new ProtocolError('TOKEN_MISSING', 'Cannot take a sender without a token (--token-file)');
    throw new ProtocolError('BAD_TOKEN', 'Cannot take a sender as its token is wrong (--token-file)');
  }
}

function digest(token: Uint8Array): Uint8Array {
  return createHash('sha256').update(token).digest();
}
