import { networkInterfaces } from 'node:os';
import { parseIpv4, parseIpv6 } from '../../protocol/dns/dns-address.ts';

/** A network that this machine has an IPv4 address in. */
export interface LocalNetwork {
  /** Of the interface. */
  readonly name: string;
  /** The IPv4 address of this machine there, and the mask of the network. */
  readonly address: string;
  readonly mask: string;
  /** IPv6 addresses of this machine at the same interface, without zones. */
  readonly ipv6: readonly string[];
}

/** Machines with containers have one for each container. */
const maxNetworks = 16;
const maxIpv6 = 4;

/** Those that are up and lead to other machines. */
export function listNetworks(): LocalNetwork[] {
  const all = Object.entries(readInterfaces()).flatMap(([name, entries = []]) => {
    const others = entries.filter(({ internal }) => !internal);
    const ipv6 = others.map(({ address }) => address.replace(/%.*$/, '')).filter((one) => parseIpv6(one) !== undefined);
    const ipv4 = others.filter(({ family }) => family === 'IPv4');
    return ipv4.map(({ address, netmask: mask }) => ({ name, address, mask, ipv6: ipv6.slice(0, maxIpv6) }));
  });
  return all.slice(0, maxNetworks);
}

/** A service of an older unit may not ask for them. */
function readInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}

/** Whether that IPv4 address is one of the network. */
export function isInNetwork(address: string, network: Pick<LocalNetwork, 'address' | 'mask'>): boolean {
  const [sought, own, mask] = [address, network.address, network.mask].map(parseIpv4);
  if (sought === undefined || own === undefined || mask === undefined) return false;
  return sought.every((byte, i) => ((byte ^ (own[i] as number)) & (mask[i] as number)) === 0);
}

/** Whether that address is for private networks: RFC 1918, RFC 3927, RFC 4193. */
export function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd][0-9a-f]{2}:)/i.test(address);
}
