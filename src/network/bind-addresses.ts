import { lookup } from 'node:dns/promises';
import { isLocalName, listLocalAddresses } from './local-name.ts';

/**
 * The addresses to listen on for a host name: `localhost` is both 127.0.0.1 and ::1, whichever the
 * other end tries.
 */
export async function resolveBindAddresses(host: string): Promise<string[]> {
  if (isLocalName(host)) return listLocalAddresses();
  const found = await lookup(host, { all: true });
  return [...new Set(found.map((entry) => entry.address))];
}

/**
 * Whether to do without a second address after that error.
 * @param port that was asked for; 0: any
 */
export function isMissingAddress(error: unknown, port: number): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  // Any free port was asked for, and this one is free on the first address only.
  if (port === 0 && code === 'EADDRINUSE') return true;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}
