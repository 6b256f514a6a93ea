import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { describeNetworkError } from '../../network/network-error.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import type { AcceptedSocket } from './accepted-socket.ts';

export interface TlsHandshakeOptions {
  readonly identity: Pick<TlsIdentity, 'key' | 'cert'>;
  readonly handshakeTimeoutMs: number;
  /** TLS did not come up. */
  readonly failed: (accepted: AcceptedSocket, reason: string) => void;
}

interface Handshake {
  readonly accepted: AcceptedSocket;
  failure: string;
}

/** Takes the connection of a client that has begun with TLS, and starts it when TLS is up. */
export type TlsHandshakes = (accepted: AcceptedSocket, socket: Socket) => void;

export function createTlsHandshakes(options: TlsHandshakeOptions): TlsHandshakes {
  const { identity, handshakeTimeoutMs, failed } = options;
  const { key, cert } = identity;
  const socketOptions = { noDelay: true, keepAlive: true, allowHalfOpen: true };
  // It listens nowhere, and gets its connections from a port that has looked at their first byte.
  const server = createServer({
    ...socketOptions,
    ...{ key, cert, minVersion: 'TLSv1.3', handshakeTimeout: handshakeTimeoutMs },
  });
  const handshakes = new WeakMap<Socket, Handshake>();
  const find = (socket: TLSSocket) => handshakes.get(findBelow(socket) as Socket);
  server.on('secureConnection', (socket) => {
    const handshake = find(socket);
    if (handshake === undefined) socket.destroy();
    else handshake.accepted.start(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    const handshake = find(socket);
    if (handshake !== undefined) handshake.failure = describeFailure(error, handshakeTimeoutMs);
    socket.destroy();
  });
  return (accepted, socket) => {
    const handshake = { accepted, failure: 'it left before' };
    handshakes.set(socket, handshake);
    socket.once('close', () => {
      if (!accepted.isStarted && !accepted.isDropped) failed(accepted, handshake.failure);
    });
    server.emit('connection', socket);
  };
}

function describeFailure(error: Error, timeoutMs: number): string {
  const isLate = (error as NodeJS.ErrnoException).code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
  return isLate ? describeLate(timeoutMs) : describeNetworkError(error);
}

export function describeLate(timeoutMs: number): string {
  const limit = `its handshake did not end within ${timeoutMs / 1000} s (--header-timeout)`;
  return `${limit}: its network is too slow for that, or it is no image-sender`;
}

/**
 * The connection below TLS. Node and Deno keep it in a property without a page of its own; the
 * address and port of the client do not tell two connections apart that come to two addresses of
 * this machine.
 */
function findBelow(socket: TLSSocket): Socket | undefined {
  return (socket as TLSSocket & { readonly _parent?: Socket })._parent;
}
