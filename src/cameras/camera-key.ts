import type { Sender } from '../link/receiving/received-frame.ts';

const mostLength = 48;
/** Of a stream id: what follows the readable part. */
const chance = /-[0-9a-z]{8}$/;

/**
 * The name of a camera as it may stand in addresses and in names of files: 1 to 48 of `0-9A-Za-z._-`, the first a letter, a digit or `_`.
 * From what the sender calls itself, or else from where it is.
 */
export function makeKey({ name, stream, address }: Pick<Sender, 'name' | 'stream' | 'address'>): string {
  return plainName(name ?? stream?.replace(chance, '') ?? address.replace(/:\d+$/, ''));
}

/** A name as far as it may stand there. */
export function plainName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^0-9A-Za-z._]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, mostLength)
    .replace(/[-.]+$/, '');
  return plain === '' ? 'camera' : plain;
}
