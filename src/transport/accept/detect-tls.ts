import type { Socket } from 'node:net';

/** The first byte of a TLS handshake (RFC 8446, section 5.1); no other protocol of senders begins with it. */
const handshakeType = 0x16;

/** Whether the first bytes of a connection ask for TLS. */
export function isHandshake(bytes: Uint8Array): boolean {
  return bytes[0] === handshakeType;
}

/**
 * Looks at the first byte of a connection, and leaves it there.
 * @param handle gets `silent` when nothing came in time, and the bytes that came; not called where
 * the connection ended
 */
export function detectTls(
  socket: Socket,
  timeoutMs: number,
  handle: (found: 'tls' | 'other' | 'silent', bytes: Uint8Array) => void,
): void {
  const finish = () => {
    clearTimeout(timer);
    socket.off('data', read);
    socket.off('end', leave);
    socket.off('error', leave);
  };
  const read = (chunk: Uint8Array) => {
    finish();
    socket.pause();
    socket.unshift(chunk);
    handle(isHandshake(chunk) ? 'tls' : 'other', chunk);
  };
  const leave = () => {
    finish();
    socket.destroy();
  };
  const timer = setTimeout(() => {
    finish();
    handle('silent', new Uint8Array());
  }, timeoutMs);
  socket.on('data', read);
  socket.once('end', leave);
  socket.on('error', leave);
  socket.once('close', () => clearTimeout(timer));
}
