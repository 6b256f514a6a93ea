import { ProtocolError } from '../../protocol/errors.ts';
import type { TokenCheck } from './token.ts';

/** The ways to send, as --accept names them. */
export const wayNames = ['2', 'classic', 'jpeg', 'http'] as const;
export type WayName = (typeof wayNames)[number];

const descriptions: Readonly<Record<WayName, string>> = {
  '2': 'wire 2',
  classic: 'the classic wire',
  jpeg: 'a stream of JPEGs',
  http: 'HTTP',
};

export interface Acceptance {
  readonly accept: readonly WayName[];
  /** Undefined: everyone is let in. */
  readonly token: TokenCheck | undefined;
}

/** @throws ProtocolError TOKEN_MISSING, NOT_ACCEPTED */
export function checkWay(way: WayName, { accept, token }: Acceptance): void {
  if (token !== undefined && way !== '2') {
    const message = `Cannot take a sender without a token, which ${descriptions[way]} cannot carry: start image-sender with --token-file, and the token that the receiver has`;
    throw new ProtocolError('TOKEN_MISSING', message);
  }
  if (accept.includes(way)) return;
  const message = `Cannot take a sender as it must come by one of --accept ${accept.join(',')}: it comes by ${way}`;
  throw new ProtocolError('NOT_ACCEPTED', message);
}
