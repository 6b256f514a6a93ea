import { Buffer } from 'node:buffer';

/**
 * The password in an Authorization header of HTTP basic, with any user name; undefined where there
 * is none.
 */
export function readBasicPassword(header: string | undefined): Uint8Array | undefined {
  const encoded = /^basic +([0-9A-Za-z+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(0x3a);
  return colon === -1 ? undefined : bytes.subarray(colon + 1);
}
