import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { exportSession } from '../../network/joining/join-key.ts';
import type { ProtocolLink } from './protocol.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** The connection as its protocol sees it. @param end ends it, with the reason unless all is well */
export function makeSocketLink(socket: Socket, replies: ReplyWriter, end: ProtocolLink['end']): ProtocolLink {
  return {
    write: (bytes) => replies.write(bytes),
    post: (bytes) => replies.post(bytes),
    acknowledge: (message) => replies.acknowledge(message),
    isEncrypted: socket instanceof TLSSocket,
    exportSession: () => (socket instanceof TLSSocket ? exportSession(socket) : undefined),
    closeWriting: () => void socket.end(),
    end,
  };
}
