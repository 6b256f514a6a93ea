import type { JoinedCamera } from '../../frames/joined/joined-camera.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Hello, SenderIdentity } from '../../protocol/wire2/message.ts';
import { quoteWord } from '../../system/shell-word.ts';
import type { Joining } from './joining.ts';
import type { TokenCheck } from './token-check.ts';

export interface AdmissionRules {
  /** The token that senders must have; undefined: none. */
  readonly token: TokenCheck | undefined;
  /** Undefined: no camera can join. */
  readonly joining?: Joining | undefined;
  /** Whether only cameras that joined are accepted. */
  readonly isJoinedOnly?: boolean;
  /** Whether the connection has TLS. */
  readonly isEncrypted: boolean;
}

/**
 * Sets the name of a connection whose sender has said who it is, where it is accepted.
 * @returns a promise that fails after a while; undefined: it is accepted
 * @throws ProtocolError NOT_JOINED, NAME_JOINED
 */
export function admitSender(
  { token, name, stream, identity }: Hello,
  connection: ConnectionStats,
  { token: common, joining, isJoinedOnly = false, isEncrypted }: AdmissionRules,
): Promise<never> | undefined {
  const camera = joining?.joined.findByToken(token);
  if (camera !== undefined) {
    if (!isEncrypted) throw describeNoTls(camera.name);
    if (isOtherMachine(camera, identity)) throw describeOtherMachine(camera.name);
    connection.joined = camera.key;
    connection.name = camera.name;
    return undefined;
  }
  const rejected = common?.check(token, { host: hostKeyOf(connection.address), id: stream });
  if (rejected !== undefined) return rejected;
  const isLeftOver = common === undefined && token.length > 0 && joining?.joined.isInUse === true;
  if (isJoinedOnly || isLeftOver) throw describeUnknownToken(name, token.length > 0);
  connection.name = name;
  // It hears it now rather than with its first frame.
  joining?.joined.checkName(connection);
  return undefined;
}

/** Whether the token has come to a machine that did not join, as with a copied SD card. Older senders do not say their machine. */
function isOtherMachine({ machine }: JoinedCamera, identity: SenderIdentity | undefined): boolean {
  return machine !== undefined && identity !== undefined && identity.machine !== machine;
}

function describeOtherMachine(name: string): ProtocolError {
  const reason = 'as its token is that of another machine, which joined';
  const own = 'image-receiver invite CAMERA at the receiver lets this machine join under a name of its own';
  const same = `image-receiver invite ${quoteWord(name)} in place of that machine`;
  return new ProtocolError(
    'NOT_JOINED',
    `Cannot accept this machine as the camera ${name} ${reason}: ${own}, and ${same}`,
  );
}

function describeNoTls(name: string): ProtocolError {
  const advice = 'remove --token-without-tls at its sender, or let it join again';
  return new ProtocolError('NOT_JOINED', `Cannot accept the camera ${name} without TLS as it has joined: ${advice}`);
}

/** @param hasToken it has joined before: here and was forgotten, or elsewhere */
function describeUnknownToken(name: string, hasToken: boolean): ProtocolError {
  const advice = `image-receiver invite CAMERA at the receiver lets it join${hasToken ? ' again' : ''}`;
  const reason = hasToken
    ? 'as its token was forgotten here, replaced by a newer one, or is that of another receiver'
    : 'as it has no token of a camera that joined';
  return new ProtocolError('NOT_JOINED', `Cannot accept the sender ${name} ${reason}: ${advice}`);
}
