import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { readDigits } from '../../../protocol/ascii.ts';

/** Of a body that nobody wants, so much is thrown away, and for so long. */
const maxDiscardedBytes = 64 * 1024;
const discardMs = 500;

/** The body as text; undefined where it is too long, or does not say its length before it comes. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const length = readDigits(request.headers['content-length'] ?? '');
  if (!(length <= maxBytes)) return undefined;
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) text += part;
  return text;
}

/** The body as bytes; undefined where it is too long, or does not say its length before it comes. */
export async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const length = readDigits(request.headers['content-length'] ?? '');
  if (!(length <= maxBytes)) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * Throws the body away. The kernel resets a connection that is closed with bytes unread, and the
 * client then loses its answer; so a short body is read to its end. A long one ends the connection.
 */
export function discardBody(request: IncomingMessage): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (request.readableEnded || (length === '0' && encoding === undefined)) return;
  const { socket } = request;
  let bytes = 0;
  const timer = setTimeout(() => socket.destroy(), discardMs);
  request.on('data', (part: Uint8Array) => {
    bytes += part.length;
    if (bytes > maxDiscardedBytes) socket.destroy();
  });
  for (const event of ['end', 'close', 'error']) request.once(event, () => clearTimeout(timer));
}
