import { isHere } from '../network/address.ts';

/** The machine to type a command on that is about a host; undefined: this one. */
export function describePlace(host: string): string | undefined {
  return isHere(host) ? undefined : host;
}
