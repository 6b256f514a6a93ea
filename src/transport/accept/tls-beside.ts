import type { Socket } from 'node:net';
import type { AcceptedSocket } from './accepted-socket.ts';
import { detectTls } from './detect-tls.ts';
import { describeNoHeader, type IdleLimits } from './idle-timeout.ts';
import { createTlsServer, type TlsServerOptions } from './tls-server.ts';

/** Starts a connection with TLS where its first byte asks for that, and without TLS otherwise. */
export type TlsBeside = (accepted: AcceptedSocket, socket: Socket) => void;

export function createTlsBeside(
  identity: TlsServerOptions['identity'],
  limits: IdleLimits,
  failed: TlsServerOptions['failed'],
): TlsBeside {
  const { headerTimeoutMs } = limits;
  const detected = new WeakMap<Socket, AcceptedSocket>();
  // It listens nowhere, and gets its connections from the port below.
  const server = createTlsServer(
    { noDelay: true, keepAlive: true, allowHalfOpen: true },
    { identity, handshakeTimeoutMs: headerTimeoutMs, admit: (socket) => detected.get(socket), failed },
  );
  return (accepted, socket) => {
    detectTls(socket, headerTimeoutMs, (found) => {
      if (found === 'tls') {
        detected.set(socket, accepted);
        server.emit('connection', socket);
        return;
      }
      accepted.start(socket);
      socket.resume();
      if (found === 'silent') accepted.drop(describeNoHeader(limits));
    });
  };
}
