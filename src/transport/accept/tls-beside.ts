import { detectTls } from './detect-tls.ts';
import { describeNoHeader, type IdleLimits } from './idle-timeout.ts';
import { createTlsHandshakes, type TlsHandshakeOptions, type TlsHandshakes } from './tls-handshake.ts';

/** Starts a connection with TLS where its first byte asks for that, and without TLS otherwise. */
export function createTlsBeside(
  identity: TlsHandshakeOptions['identity'],
  limits: IdleLimits,
  failed: TlsHandshakeOptions['failed'],
): TlsHandshakes {
  const { headerTimeoutMs } = limits;
  const begin = createTlsHandshakes({ identity, handshakeTimeoutMs: headerTimeoutMs, failed });
  return (accepted, socket) => {
    detectTls(socket, headerTimeoutMs, (found) => {
      if (found === 'tls') {
        begin(accepted, socket);
        return;
      }
      accepted.start(socket);
      socket.resume();
      if (found === 'silent') accepted.drop(describeNoHeader(limits));
    });
  };
}
