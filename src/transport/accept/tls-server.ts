import type { Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { formatRemote } from '../../network/address.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { encodeFailure } from '../../protocol/http/http-response.ts';
import type { AcceptedSocket } from './accepted-socket.ts';

export interface TlsServerOptions {
  readonly identity: Pick<TlsIdentity, 'key' | 'cert'>;
  readonly handshakeTimeoutMs: number;
  /** A place for a connection below TLS; undefined: there is none, and the connection is gone. */
  readonly admit: (socket: Socket) => AcceptedSocket | undefined;
  /** TLS did not come up on a connection that had a place. */
  readonly failed: (accepted: AcceptedSocket, reason: string) => void;
}

/** A server of TLS. The connection below TLS comes first, and costs next to nothing to reject. */
export function createTlsServer(
  socketOptions: { readonly noDelay: boolean; readonly keepAlive: boolean; readonly allowHalfOpen: boolean },
  { identity: { key, cert }, handshakeTimeoutMs, admit, failed }: TlsServerOptions,
): Server {
  const server = createServer({
    ...socketOptions,
    key,
    cert,
    minVersion: 'TLSv1.3',
    handshakeTimeout: handshakeTimeoutMs,
  });
  const handshakes = new Map<string, AcceptedSocket>();
  const reasons = new WeakMap<AcceptedSocket, string>();
  server.on('connection', (socket: Socket) => {
    const accepted = admit(socket);
    if (accepted === undefined) return;
    handshakes.set(accepted.label, accepted);
    socket.once('close', () => {
      handshakes.delete(accepted.label);
      if (!accepted.isStarted && !accepted.isDropped) failed(accepted, reasons.get(accepted) ?? 'it left before');
    });
  });
  server.on('secureConnection', (socket) => {
    const accepted = handshakes.get(formatRemote(socket));
    if (accepted === undefined) socket.destroy();
    else accepted.start(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    const accepted = handshakes.get(formatRemote(socket));
    if (accepted === undefined || !isNoTls(error)) {
      if (accepted !== undefined) reasons.set(accepted, describeFailure(error, handshakeTimeoutMs));
      socket.destroy();
      return;
    }
    reasons.set(accepted, `${describeNetworkError(error)}. Start it with the --tls-pin that this receiver printed`);
    accepted.reset(describeTls(error));
  });
  return server;
}

function describeFailure(error: Error, timeoutMs: number): string {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_TLS_HANDSHAKE_TIMEOUT') return describeNetworkError(error);
  const limit = `its handshake did not end within ${timeoutMs / 1000} s (--header-timeout)`;
  return `${limit}: its network is too slow for that, or it is no image-sender`;
}

/** Whether what came is no TLS at all, rather than a handshake that failed. */
function isNoTls(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_HTTP_REQUEST', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'].includes(code);
}

/** A fatal alert of TLS, `protocol_version` (RFC 8446, section 6): a sender that waits for an answer sees what is here. */
const tlsAlert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70);

/** That this port takes TLS only, as a sender reads it that speaks something else. */
function describeTls(error: Error): Uint8Array {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_SSL_HTTP_REQUEST') return tlsAlert;
  const message = 'Cannot accept pictures over HTTP without TLS: this port accepts https:// only';
  return encodeFailure(new Date(), new ProtocolError('TLS_FAILED', message), undefined);
}
