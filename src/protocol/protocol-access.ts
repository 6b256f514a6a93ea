import { ProtocolError } from './errors.ts';

/** The ways to send, as --accept names them. */
export const protocolNames = ['2', 'classic', 'jpeg', 'http'] as const;
export type ProtocolName = (typeof protocolNames)[number];

const descriptions: Readonly<Record<ProtocolName, string>> = {
  '2': 'wire 2',
  classic: 'the classic wire',
  jpeg: 'a stream of JPEGs',
  http: 'HTTP',
};

/** The protocols that a receiver accepts. */
export interface ProtocolAccess {
  readonly accept: readonly ProtocolName[];
  /**
   * Knows the token that senders must have, which wire 2 alone can carry; undefined: everyone is
   * let in.
   */
  readonly token: object | undefined;
}

/** @throws ProtocolError TOKEN_MISSING, NOT_ACCEPTED */
export function checkProtocol(protocol: ProtocolName, { accept, token }: ProtocolAccess): void {
  if (token !== undefined && protocol !== '2') {
    const advice = 'start image-sender with --token-file, and the token that the receiver has';
    // image-sender without a token begins with the classic wire.
    const why = protocol === 'classic' ? '' : `; ${descriptions[protocol]} cannot carry one`;
    throw new ProtocolError('TOKEN_MISSING', `Cannot accept a sender without a token: ${advice}${why}`);
  }
  if (accept.includes(protocol)) return;
  const message = `Cannot accept a sender as it must come by one of --accept ${accept.join(',')}: it comes by ${protocol}`;
  throw new ProtocolError('NOT_ACCEPTED', message);
}
