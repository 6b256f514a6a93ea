import type { ConnectionStats } from '../frames/received-frame.ts';
import { hostOf } from '../network/address.ts';
import { ProtocolError } from '../protocol/errors.ts';

/** The sender of a connection, as far as that is known by now. */
export type StreamOwner = Pick<ConnectionStats, 'address' | 'joined' | 'identity'>;

/** A connection that brings a stream, or asks for one. */
export interface StreamConnection {
  readonly sender: StreamOwner;
  /** Whether nothing has come over it for so long that it is dead. */
  readonly isSilent: () => boolean;
  /** Ends it, as the stream has a newer one. */
  readonly supersede: () => void;
  /** Sends bytes that its sender can do without; false: it does not read, and they are dropped. */
  readonly post: (bytes: Uint8Array) => boolean;
}

/**
 * Refuses a connection whose sender is another one than that of the stream: it would end the
 * connection of the stream, and the frames that it sends would count as those of the stream.
 * @param owner the sender of its last connection
 * @param present the connection that it has; undefined: none
 * @throws ProtocolError BAD_MESSAGE
 */
export function checkOwner(
  owner: StreamOwner,
  present: StreamConnection | undefined,
  { sender }: Pick<StreamConnection, 'sender'>,
): void {
  if (owner.joined !== undefined && sender.joined !== owner.joined) throw describeOther();
  // Its token says more than all that the other one said.
  if (sender.joined !== undefined) return;
  const [machine, senderMachine] = [owner.identity?.machine, sender.identity?.machine];
  const isSameMachine = machine !== undefined && machine === senderMachine;
  if (machine !== undefined && senderMachine !== undefined && !isSameMachine) throw describeOther();
  // A sender that comes from another address, as one that has changed from WLAN to a cable, has left a connection that is dead.
  const isMoved = hostOf(owner.address) !== hostOf(sender.address);
  if (isMoved && !isSameMachine && present?.isSilent() === false) throw describeOther();
}

function describeOther(): ProtocolError {
  const advice = 'if it is the same, it is accepted when its older connection has been silent for three seconds';
  return new ProtocolError('BAD_MESSAGE', `Cannot accept a stream that another sender sends: ${advice}`);
}
