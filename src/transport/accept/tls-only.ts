import { ProtocolError } from '../../protocol/errors.ts';
import { encodeFailure } from '../../protocol/http/http-response.ts';
import { detectProtocol } from '../../protocol/protocol-detection.ts';
import { detectTls } from './detect-tls.ts';
import type { LingeringClose } from './lingering-close.ts';
import { createTlsHandshakes, describeLate, type TlsHandshakeOptions, type TlsHandshakes } from './tls-handshake.ts';

/** How long a client without TLS has to read that this port takes TLS only. */
const graceMs = 1000;

/** Starts connections with TLS. One that begins with anything else gets an answer in its protocol, and is reset. */
export function createTlsOnly(options: TlsHandshakeOptions, lingeringClose: LingeringClose): TlsHandshakes {
  const { handshakeTimeoutMs, failed } = options;
  const begin = createTlsHandshakes(options);
  return (accepted, socket) => {
    let hasBegun = false;
    socket.once('close', () => {
      if (!hasBegun && !accepted.isDropped) failed(accepted, 'it left before');
    });
    detectTls(socket, handshakeTimeoutMs, (found, bytes) => {
      hasBegun = true;
      if (found === 'tls') {
        begin(accepted, socket);
        return;
      }
      const isHttp = detectProtocol(bytes) === 'http';
      if (found === 'silent') {
        failed(accepted, describeLate(handshakeTimeoutMs));
        accepted.stop();
        return;
      }
      const reason = isHttp ? 'it speaks HTTP without TLS' : 'it does not speak TLS';
      failed(accepted, `${reason}. Start it with the --tls-pin that this receiver printed`);
      lingeringClose.reset(socket, isHttp ? encodeHttpRejection() : tlsAlert, graceMs);
    });
  };
}

/** A fatal alert of TLS, `protocol_version` (RFC 8446, section 6): a sender that waits for an answer sees what is here. */
const tlsAlert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70);

function encodeHttpRejection(): Uint8Array {
  const message = 'Cannot accept pictures over HTTP without TLS: this port accepts https:// only';
  return encodeFailure(new Date(), new ProtocolError('TLS_FAILED', message), undefined);
}
