import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '../../errors.ts';
import { type Guesser, SecretCheck, type Verdict } from '../../network/secret-check.ts';
import { ProtocolError } from '../../protocol/errors.ts';

const defaultPenaltyMs = 1000;
/** Good senders may be behind the router that guesses come from, and one guess in two seconds finds no token. */
const refillMs = 2000;

/** Checks the token that senders must have. */
export class TokenCheck {
  readonly #secret: SecretCheck;

  constructor(token: Uint8Array, penaltyMs = defaultPenaltyMs) {
    this.#secret = new SecretCheck(token, { penaltyMs, refillMs });
  }

  /** Undefined when it is the right one; else a promise that fails after a while. */
  check(token: Uint8Array, guesser: Guesser): Promise<never> | undefined {
    if (token.length === 0) return rejectMissing();
    const verdict = this.#secret.check(token, guesser);
    return verdict === 'right' ? undefined : this.#reject(verdict, guesser);
  }

  async #reject(verdict: Promise<Verdict>, guesser: Guesser): Promise<never> {
    if ((await verdict) === 'wrong')
      throw rejection(
        'BAD_TOKEN',
        'as its token is wrong: copy the token file of the receiver to the machine of the sender once more',
      );
    const seconds = this.#secret.waitSeconds(guesser);
    throw rejection('TOO_MANY_GUESSES', `as too many wrong tokens came from its address: try again in ${seconds} s`);
  }
}

/** A sender without a token does not guess, so it is not counted. */
async function rejectMissing(): Promise<never> {
  await delay(defaultPenaltyMs);
  throw rejection(
    'TOKEN_MISSING',
    'without a token: start image-sender with --token-file, and the token that the receiver has',
  );
}

function rejection(code: ErrorCode, reason: string): ProtocolError {
  return new ProtocolError(code, `Cannot accept a sender ${reason}`);
}
