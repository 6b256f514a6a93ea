import { CodedError } from '../../../errors.ts';
import { plainName } from '../../../frames/camera-key.ts';
import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import { JoinedCameras } from '../../../frames/joined/joined-cameras.ts';
import { Invitations } from '../../../network/joining/invitations.ts';
import type { TlsIdentity } from '../../../network/tls/identity.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import type { ProtocolName } from '../../../protocol/protocol-access.ts';
import type { CameraInviter, InvitationState } from '../../../sinks/camera-inviter.ts';
import type { Log } from '../../../system/log.ts';
import { Joining } from '../../../transport/accept/joining.ts';
import { openIdentity } from '../identity.ts';
import type { FrameInput } from '../input.ts';
import { type InvitationAnswer, invite } from './invite.ts';

export interface MembersParts {
  readonly cameras: CameraRegistry;
  readonly log: Log;
  /** Protocols that senders may use. */
  readonly accept: readonly ProtocolName[];
  /** Called when the port takes TLS beside what it took. */
  readonly onTls: (identity: TlsIdentity) => void;
}

/** The cameras that joined this receiver: who may come, and who was invited. */
export class Members implements CameraInviter {
  readonly joining: Joining;
  readonly joined: JoinedCameras;
  readonly #parts: MembersParts;
  readonly #invitations = new Invitations();
  /** Once it is open. */
  #input: FrameInput | undefined;
  #tls: Promise<void> | undefined;

  private constructor(joined: JoinedCameras, parts: MembersParts) {
    const { cameras, log } = parts;
    this.#parts = parts;
    this.joined = joined;
    const onJoined = (key: string) => this.#rejectOthers(key);
    this.joining = new Joining({ joined, invitations: this.#invitations, cameras, log, onJoined });
    for (const { key, name } of joined.all) cameras.addJoined(key, name);
  }

  /** @throws CodedError BAD_OPTION */
  static async open(path: string, parts: MembersParts): Promise<Members> {
    return new Members(await JoinedCameras.open(path), parts);
  }

  /**
   * The TLS that the port takes beside others from its first connection on: cameras that joined use
   * it at once. Undefined where none has joined.
   * @throws CodedError TLS_UNUSABLE
   */
  async openTlsBeside(): Promise<TlsIdentity | undefined> {
    if (this.joined.all.length === 0) return undefined;
    const identity = await openIdentity('own', this.#parts.log, 'beside');
    this.#parts.onTls(identity);
    this.#tls = Promise.resolve();
    return identity;
  }

  /** @param tls of a port that takes TLS only */
  begin(input: FrameInput, tls: TlsIdentity | undefined): void {
    this.#input = input;
    if (tls !== undefined) this.#tls = Promise.resolve();
  }

  /** @throws CodedError BAD_OPTION, TLS_UNUSABLE */
  async invite(name: string): Promise<InvitationAnswer> {
    if (this.#input === undefined) {
      throw new CodedError('BAD_OPTION', 'Cannot invite a camera as the receiver is not listening yet: try it again');
    }
    if (!this.#parts.accept.includes('2')) {
      const reason = 'as it could not send: this receiver does not accept wire 2. Start it with 2 in --accept';
      throw new CodedError('BAD_OPTION', `Cannot invite a camera ${reason}`);
    }
    const answer = await invite(name, {
      invitations: this.#invitations,
      addresses: this.#input.addresses,
      offerTls: () => this.#offerTls(),
    });
    this.#parts.log.info(`invited the camera ${answer.name}: its code is good once, for ${answer.minutes} minutes`);
    return answer;
  }

  judge(number: number): InvitationState {
    return this.joining.judge(number);
  }

  /** The camera needs another invitation. @returns whether it had joined. @throws CodedError OUTPUT_FAILED */
  async forget(key: string): Promise<boolean> {
    // A code from before would let it in again.
    for (const { name } of this.#invitations.open)
      if (plainName(name).toLowerCase() === key.toLowerCase()) this.#invitations.end(name);
    const camera = this.joined.find(key);
    if (camera === undefined || !(await this.joined.forget(key))) return false;
    const reason = 'it was forgotten here: image-receiver invite CAMERA lets it join again';
    const message = `Cannot accept the camera ${camera.name} any more as ${reason}`;
    this.#input?.reject?.(new ProtocolError('NOT_JOINED', message), ({ joined }) => joined === camera.key);
    return true;
  }

  /** Ends connections that have the name of the camera which has joined now, or came with an earlier token of it. */
  #rejectOthers(key: string): void {
    const earlier = 'Cannot accept the earlier token of this camera any more as it has joined again';
    this.#input?.reject?.(new ProtocolError('NOT_JOINED', earlier), ({ joined }) => joined === key);
    const message = 'Cannot accept a sender with the name of a camera that joined now, and only its token is accepted';
    this.#input?.reject?.(
      new ProtocolError('NAME_JOINED', message),
      (one) => this.joined.findClaimed(one) !== undefined,
    );
  }

  #offerTls(): Promise<void> {
    this.#tls ??= this.#openTls().catch((error) => {
      // The next invitation may find a folder that can be written to.
      this.#tls = undefined;
      throw error;
    });
    return this.#tls;
  }

  async #openTls(): Promise<void> {
    const identity = await openIdentity('own', this.#parts.log, 'beside');
    this.#input?.offerTls?.(identity);
    this.#parts.onTls(identity);
  }
}
