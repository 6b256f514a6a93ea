import type { StreamId } from '../protocol/wire2/message.ts';

/** The letters and digits that nobody mistakes for others. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';
const readableLength = 13;

/**
 * Begins with the name as far as it fits, for people who read files and logs, and ends with 40 bits
 * of chance.
 */
export function createStreamId(name: string): StreamId {
  const readable = name
    .replaceAll(/[^0-9A-Za-z]+/g, '-')
    .slice(0, readableLength)
    .replaceAll(/^-|-$/g, '');
  const chance = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => digits[byte & 31]);
  return `${readable || 'sender'}-${chance.join('')}`;
}
