import { findFreeKey } from '../../frames/camera-key.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { JoinedCameras } from '../../frames/joined/joined-cameras.ts';
import { hostKeyOf } from '../../network/address.ts';
import type { Invitations } from '../../network/joining/invitations.ts';
import { proveJoin } from '../../network/joining/join-key.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Join, Token } from '../../protocol/wire2/message.ts';
import type { Log } from '../../system/log.ts';

export interface JoiningParts {
  readonly joined: JoinedCameras;
  readonly invitations: Invitations;
  readonly cameras: CameraRegistry;
  readonly log: Log;
  /** A camera has joined. */
  readonly onJoined: () => void;
}

/** Lets cameras join that prove the code of an invitation. */
export class Joining {
  readonly #parts: JoiningParts;
  /** By the number of an invitation that is used: `open` until its camera is in the file. */
  readonly #used = new Map<number, 'open' | 'joined'>();

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
   * @throws ProtocolError BAD_CODE, TOO_MANY_GUESSES, TLS_FAILED
   * @throws CodedError OUTPUT_FAILED
   */
  async join({ proof }: Join, session: Uint8Array | undefined, address: string): Promise<Token> {
    const { joined, invitations, cameras, log, onJoined } = this.#parts;
    if (session === undefined) {
      throw new ProtocolError('TLS_FAILED', 'Cannot let a camera join without TLS: image-sender join uses it');
    }
    const { name, key, number } = invitations.use(proof, session, hostKeyOf(address));
    this.#used.set(number, 'open');
    const cameraKey =
      cameras.findTitle(name)?.key ?? findFreeKey(name, (taken) => cameras.findHolder(taken) !== undefined);
    const token = await joined.add(name, cameraKey).catch((error: unknown) => {
      this.#used.delete(number);
      throw error;
    });
    this.#used.set(number, 'joined');
    cameras.addJoined(cameraKey, name);
    onJoined();
    log.info(`the camera ${name} joined from ${address}`);
    return { type: 'TOKN', proof: proveJoin(key, 'receiver', session), name, token };
  }
}
