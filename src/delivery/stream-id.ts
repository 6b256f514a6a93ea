import { toCodeLetters } from '../protocol/code-letters.ts';
import type { StreamId } from '../protocol/wire2/message.ts';

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
  const chance = toCodeLetters(crypto.getRandomValues(new Uint8Array(8)));
  return `${readable || 'sender'}-${chance}`;
}
