import type { LookupFunction } from 'node:net';

/** The Python programs know IPv4 only: it comes first. */
const addresses = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
] as const;

/**
 * Whether a name is this machine, wherever it is looked up: `localhost`, and names that end with
 * `.localhost` (RFC 6761, section 6.3).
 */
export function isLocalName(host: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(host);
}

/** The addresses of a local name, without a look-up. A system without /etc/hosts may know none. */
export function listLocalAddresses(): string[] {
  return addresses.map(({ address }) => address);
}

/** The option of a connect to that host: a local name is not looked up. */
export function lookupFor(host: string): { readonly lookup?: LookupFunction } {
  return isLocalName(host) ? { lookup: lookupLocal } : {};
}

const lookupLocal: LookupFunction = (_host, { all, family }, callback) => {
  const wanted = String(family ?? 0).replace('IPv', '');
  const found = addresses.filter((one) => wanted === '0' || wanted === `${one.family}`);
  // As dns.lookup does, the answer comes after the call has returned.
  queueMicrotask(() => {
    if (all === true) callback(null, [...found]);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  });
};
