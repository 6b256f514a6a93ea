/** `host:port` as people write it, IPv6 addresses in brackets, IPv4 ones without their IPv6 clothing. */
export function formatAddress(host: string, port: number): string {
  const plain = host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** The host of `host:port`. */
export function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Whether only programs on the same machine reach that address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** The host of a `formatAddress`, as `hostKey` gives it. What comes from no socket and has no port is its own host. */
export function hostKeyOf(address: string): string {
  return hostKey(hostOf(address));
}

/** What counts as one host: an IPv4 address, or the 64 bits of an IPv6 one that belong to a network, as its hosts may choose the rest. */
export function hostKey(address: string): string {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!plain.includes(':')) return plain;
  const [before = '', after] = (plain.split('%')[0] as string).split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...new Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':');
}
