import { isLoopback } from '../network/address.ts';

/** The machine to type a command on that is about a host; undefined: this one. */
export function describePlace(host: string): string | undefined {
  return isHere(host) ? undefined : host;
}

/** Whether a host is this machine. */
export function isHere(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}
