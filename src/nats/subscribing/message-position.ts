import { readDigits } from '../../protocol/ascii.ts';

/** The position of a message in its stream. */
export interface MessagePosition {
  /** The sequence in the stream, from 1. */
  readonly sequence: number;
  /** The number among the messages that its consumer has delivered, from 1. */
  readonly delivery: number;
  /** When the stream got it, by the server's clock: milliseconds since 1970. */
  readonly storedAtMs: number;
  /** Messages that the consumer has not delivered yet. */
  readonly pending: number;
}

/**
 * Reads the subject on which JetStream expects the acknowledgement of a message: `$JS.ACK.<stream>.<consumer>.<delivered>.<stream
 * sequence>.<consumer sequence>.<time>.<pending>`, or with domain and account before the stream. Undefined if it is no such subject.
 */
export function readPosition(reply: string | undefined): MessagePosition | undefined {
  const tokens = reply?.split('.') ?? [];
  const at = tokens.length === 9 ? 5 : 7;
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < at + 4) return undefined;
  const [sequence = Number.NaN, delivery = Number.NaN, ns = Number.NaN, pending = Number.NaN] = tokens
    .slice(at, at + 4)
    .map(readDigits);
  const place = { sequence, delivery, storedAtMs: Math.floor(ns / 1e6), pending };
  return Object.values(place).every(Number.isSafeInteger) ? place : undefined;
}
