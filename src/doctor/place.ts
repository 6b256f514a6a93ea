import { isLoopback } from '../network/address.ts';

/** Where a command is to be typed that is about a host; undefined: here. */
export function describePlace(host: string): string | undefined {
  return isHere(host) ? undefined : host;
}

/** Whether a host is this machine. */
export function isHere(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}
