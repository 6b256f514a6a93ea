import { CodedError, formatError } from '../../errors.ts';
import { findFreeKey } from '../../frames/camera-key.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { JoinedCameras } from '../../frames/joined/joined-cameras.ts';
import { hostKeyOf } from '../../network/address.ts';
import type { Invitation, Invitations } from '../../network/joining/invitations.ts';
import { proveJoin } from '../../network/joining/join-key.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Join, Token } from '../../protocol/wire2/message.ts';
import type { Log } from '../../system/log.ts';

export interface JoiningParts {
  readonly joined: JoinedCameras;
  readonly invitations: Invitations;
  readonly cameras: CameraRegistry;
  readonly log: Log;
  /** The camera of that key has joined; its sender has not got the token yet. */
  readonly onJoined: (key: string) => void;
}

/** Lets cameras join that prove the code of an invitation. */
export class Joining {
  readonly #parts: JoiningParts;
  /** By the number of an invitation that is used: `open` until its camera is in the file. */
  readonly #used = new Map<number, 'open' | 'joined'>();
  /** Cameras join one after another: two names may have the same key, and only the first may get it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: JoiningParts) {
    this.#parts = parts;
  }

  get joined(): JoinedCameras {
    return this.#parts.joined;
  }

  /** Whether a camera can join with that invitation, has joined with it, or can no more. */
  judge(number: number): 'open' | 'joined' | 'over' {
    const isOpen = this.#parts.invitations.open.some((one) => one.number === number);
    return this.#used.get(number) ?? (isOpen ? 'open' : 'over');
  }

  /**
   * Answers a sender that asks for a token. The camera is in the file before the answer.
   * @param session of its TLS session; undefined: it came without TLS
   * @param address `address:port` of the sender
   * @throws ProtocolError BAD_CODE, TOO_MANY_GUESSES, TLS_FAILED, OUTPUT_FAILED
   */
  async join({ proof, identity }: Join, session: Uint8Array | undefined, address: string): Promise<Token> {
    const { invitations, log } = this.#parts;
    if (session === undefined) {
      throw new ProtocolError('TLS_FAILED', 'Cannot let a camera join without TLS: image-sender join uses it');
    }
    const invitation = invitations.use(proof, session, hostKeyOf(address));
    const { name, key, number } = invitation;
    this.#used.set(number, 'open');
    const adding = this.#last.then(() => this.#add(invitation, identity?.machine));
    this.#last = adding.catch(() => undefined);
    const token = await adding.catch((error) => {
      this.#used.delete(number);
      invitations.giveBack(invitation);
      throw this.#explain(error);
    });
    log.info(`the camera ${name} joined from ${address}`);
    return { type: 'TOKN', proof: proveJoin(key, 'receiver', session), name, token };
  }

  /** @returns the token. @throws CodedError OUTPUT_FAILED */
  async #add({ name, number }: Invitation, machine: string | undefined): Promise<Uint8Array> {
    const { joined, cameras, onJoined } = this.#parts;
    const key = cameras.findTitle(name)?.key ?? findFreeKey(name, (taken) => cameras.findHolder(taken) !== undefined);
    const token = await joined.add(name, key, machine);
    this.#used.set(number, 'joined');
    cameras.addJoined(key, name);
    onJoined(key);
    return token;
  }

  /** The sender learns that it is not its fault, and nothing about the folders of the receiver. */
  #explain(error: unknown): unknown {
    if (!(error instanceof CodedError)) return error;
    this.#parts.log.warn(formatError(error));
    const advice = 'the code is good again when that is mended';
    return new ProtocolError(
      'OUTPUT_FAILED',
      `Cannot keep a camera that joins: the log of the receiver says why; ${advice}`,
    );
  }
}
