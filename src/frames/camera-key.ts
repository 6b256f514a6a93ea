import type { ConnectionStats } from './received-frame.ts';

const maxLength = 48;
/** With the number of a second camera of the same name. */
const maxKeyLength = maxLength + 8;
/** A stream id of ours: a readable part, and a random part that viewers of the camera must not learn. */
const ownStreamId = /^(.+)-[0-9a-z]{8}$/;

/**
 * The name of a camera in the form that addresses and file names allow: 1 to 48 of `0-9A-Za-z._-`, the first a letter, a digit or `_`.
 * It comes from the name that the sender says, or else from its address.
 */
export function makeKey({ name, stream, address }: Pick<ConnectionStats, 'name' | 'stream' | 'address'>): string {
  return plainName(name ?? ownStreamId.exec(stream ?? '')?.[1] ?? address.replace(/:\d+$/, ''));
}

/** The key of a new camera with that name: with a number where another camera has it. */
export function findFreeKey(name: string, isTaken: (key: string) => boolean): string {
  const base = plainName(name);
  let key = base;
  for (let number = 2; isTaken(key); number++) key = `${base}-${number}`;
  return key;
}

/** Whether a text has the form of a key. */
export function isKey(text: string): boolean {
  return text.length <= maxKeyLength && /^[0-9A-Za-z_][0-9A-Za-z._-]*$/.test(text);
}

/** Whether the key is that one, or that one with a number, as a second camera of the same name gets. */
export function hasBase(key: string, base: string): boolean {
  return key.startsWith(base) && /^(-\d+)?$/.test(key.slice(base.length));
}

/** The allowed characters of a name; if some were removed, a short code at the end makes it unique. */
export function plainName(name: string): string {
  const spelled = name.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const plain = spelled.replaceAll(/[^0-9A-Za-z._]+/g, '-').replace(/^[-.]+/, '');
  const isWhole = plain.length <= maxLength && !/[^\p{ASCII}\P{L}]/u.test(spelled);
  if (isWhole) return plain.replace(/[-.]+$/, '') || 'camera';
  // Names that differ in the letters that are dropped are those of different cameras.
  const mark = makeMark(name.normalize('NFC'));
  const rest = plain.slice(0, maxLength - mark.length - 1).replace(/[-.]+$/, '');
  return `${rest || 'camera'}-${mark}`;
}

/** Seven letters and digits that hardly two names share: FNV-1a, 32 bits. */
function makeMark(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, '0');
}
