import type { ConnectionStats } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Hello } from '../../protocol/wire2/message.ts';
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
  { token, name, stream }: Hello,
  connection: ConnectionStats,
  { token: common, joining, isJoinedOnly = false, isEncrypted }: AdmissionRules,
): Promise<never> | undefined {
  const camera = joining?.joined.findByToken(token);
  if (camera !== undefined) {
    if (!isEncrypted) throw describeNoTls(camera.name);
    connection.joined = camera.key;
    connection.name = camera.name;
    return undefined;
  }
  const rejected = common?.check(token, { host: hostKeyOf(connection.address), id: stream });
  if (rejected !== undefined) return rejected;
  const isLeftOver = common === undefined && token.length > 0 && joining?.joined.isInUse === true;
  if (isJoinedOnly || isLeftOver) throw describeUnknownToken(name);
  connection.name = name;
  // It hears it now rather than with its first frame.
  joining?.joined.checkName(connection);
  return undefined;
}

function describeNoTls(name: string): ProtocolError {
  const advice = 'remove --token-without-tls at its sender, or let it join again';
  return new ProtocolError('NOT_JOINED', `Cannot accept the camera ${name} without TLS as it has joined: ${advice}`);
}

function describeUnknownToken(name: string): ProtocolError {
  const advice = 'image-receiver invite CAMERA at the receiver lets it join again';
  const reason = 'as it has no token of a camera that joined';
  return new ProtocolError('NOT_JOINED', `Cannot accept the sender ${name} ${reason}: ${advice}`);
}
