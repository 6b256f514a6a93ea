import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

const hexPattern = /^([0-9a-f]{64}|([0-9a-f]{2}:){31}[0-9a-f]{2})$/i;
const base64Pattern = /^[A-Za-z0-9+/]{43}=?$/;

/** `sha256:` and 64 lower-case hex digits: SHA-256 of a certificate in DER. */
export function fingerprintOf(der: Uint8Array): string {
  return formatHash(createHash('sha256').update(der).digest('hex'));
}

/**
 * Reads a fingerprint as people type and paste it: `sha256:`, then hex of any case, with or without
 * colons between the bytes (OpenSSL), or base64 (SSH). Gives it in the form of `fingerprintOf`;
 * undefined when the text is none.
 */
export function parseFingerprint(text: string): string | undefined {
  const hash = /^sha256:(.+)$/i.exec(text.trim())?.[1] ?? '';
  if (hexPattern.test(hash)) return formatHash(hash.replaceAll(':', '').toLowerCase());
  if (!base64Pattern.test(hash)) return undefined;
  const bytes = Buffer.from(hash, 'base64');
  // The last digit holds two bits more than the hash: another digit there is a typing error.
  return bytes.toString('base64').startsWith(hash.slice(0, 43)) ? formatHash(bytes.toString('hex')) : undefined;
}

function formatHash(hex: string): string {
  return `sha256:${hex}`;
}
