import { toCodeLetters } from '../../protocol/code-letters.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { makeJoinCode, randomLength } from '../../protocol/join/join-code.ts';
import { describeJoinRefusal } from '../../protocol/join/join-refusal.ts';
import { RateLimit } from '../../system/rate-limit.ts';
import { deriveJoinKey, isJoinProof } from './join-key.ts';

/** An invitation ends after this: milliseconds. */
export const invitationMs = 10 * 60_000;
/** Invitations that are open at once. */
const maxInvitations = 8;
/** So often one host may be wrong before it has to wait until its invitation is too old. */
const maxTries = 5;

/** A code with which one camera may join. */
export interface Invitation {
  /** The first of a receiver is 1. */
  readonly number: number;
  /** Of the camera, for which `isName` is true. */
  readonly name: string;
  /** 16 letters. */
  readonly code: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** By the steady clock of `Invitations`: milliseconds. */
  readonly endsMs: number;
}

/**
 * The codes that are open. Wrong tries count for the host that makes them: another host cannot use
 * up the tries of an invitation.
 */
export class Invitations {
  readonly #open = new Map<string, Invitation>();
  readonly #readClockMs: () => number;
  readonly #tries: RateLimit;
  #made = 0;

  /** @param readClockMs a steady clock */
  constructor(readClockMs = () => performance.now()) {
    this.#readClockMs = readClockMs;
    // After ten minutes a host has all of its tries again, as no code lasts longer.
    this.#tries = new RateLimit({ burst: maxTries, perSecond: (maxTries * 1000) / invitationMs }, readClockMs);
  }

  /** Those that can be used now. */
  get open(): readonly Invitation[] {
    const nowMs = this.#readClockMs();
    for (const [name, { endsMs }] of this.#open) if (endsMs <= nowMs) this.#open.delete(name);
    return [...this.#open.values()];
  }

  /**
   * Makes a code for a camera; an earlier one for it ends.
   * @param name for which `isName` is true
   * @returns undefined where 8 others are open
   */
  async invite(name: string): Promise<Invitation | undefined> {
    const code = makeJoinCode(toCodeLetters(crypto.getRandomValues(new Uint8Array(randomLength))));
    const key = await deriveJoinKey(code);
    this.#open.delete(name);
    if (this.open.length >= maxInvitations) return undefined;
    const invitation = { number: ++this.#made, name, code, key, endsMs: this.#readClockMs() + invitationMs };
    this.#open.set(name, invitation);
    return invitation;
  }

  /** Its code is good no more. */
  end(name: string): void {
    this.#open.delete(name);
  }

  /**
   * Uses up the invitation whose code the sender proves.
   * @param proof 32 bytes
   * @param session of the TLS session, from `exportSession`
   * @param host of the sender
   * @throws ProtocolError BAD_CODE, TOO_MANY_GUESSES
   */
  use(proof: Uint8Array, session: Uint8Array, host: string): Invitation {
    const waitMs = this.#tries.waitMs(host);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const limit = `at most ${maxTries} wrong codes may come from its address`;
      throw new ProtocolError('TOO_MANY_GUESSES', describeJoinRefusal(`${limit}: try again in ${seconds} s`));
    }
    const invitation = this.open.find(({ key }) => isJoinProof(proof, key, 'sender', session));
    if (invitation === undefined) {
      this.#tries.take(host);
      throw new ProtocolError('BAD_CODE', describeJoinRefusal(this.#describeBad()));
    }
    this.#open.delete(invitation.name);
    return invitation;
  }

  /** The camera could not join, by no fault of its own: the code is good again, unless there is a newer one. */
  giveBack(invitation: Invitation): void {
    if (!this.#open.has(invitation.name)) this.#open.set(invitation.name, invitation);
  }

  #describeBad(): string {
    const advice = 'image-receiver invite CAMERA at the receiver makes a new code';
    if (this.#open.size === 0) {
      return `no invitation is open: its code is used, older than ten minutes or of another receiver; ${advice}`;
    }
    return `its code is wrong, used, older than ten minutes or of another receiver, or a proxy ends TLS between the two; ${advice}`;
  }
}
