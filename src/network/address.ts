import type { Socket } from 'node:net';
import { isLocalName } from './local-name.ts';

/**
 * `host:port` for people: IPv6 addresses in brackets, IPv4 addresses as such where a socket gives
 * them as IPv6 (RFC 4291).
 */
export function formatAddress(host: string, port: number): string {
  const plain = unmapAddress(host);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/**
 * The other end's address without its port. A socket that was closed before anyone looked has none.
 */
export function remoteHost({ remoteAddress }: Socket): string {
  return remoteAddress ?? 'unknown';
}

/** The other end's address and port: the same on a connection and on the TLS above it. */
export function formatRemote(socket: Socket): string {
  return formatAddress(remoteHost(socket), socket.remotePort ?? 0);
}

/** The host of `host:port`. */
export function hostOf(address: string): string {
  return withoutBrackets(address.replace(/:\d+$/, ''));
}

/** Whether it may be a host name or an address, without a port: 1 to 255 characters, none of them a space, a slash or unprintable. */
export function isHost(text: string): boolean {
  return /^[^\s/\p{Cc}\p{Cf}]{1,255}$/u.test(text) && !/^[^:]+:\d+$/.test(text);
}

/**
 * A host as sockets take it: an IPv6 address without the brackets that it has in front of a port.
 */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** Whether only programs on the same machine reach that address. */
export function isLoopback(address: string): boolean {
  const plain = unmapAddress(address);
  return plain === '::1' || plain.startsWith('127.');
}

/** Whether a host, by its name or its address, is this machine. */
export function isHere(host: string): boolean {
  return isLocalName(host) || isLoopback(host);
}

/**
 * The host of a `formatAddress`, as `hostKey` gives it. A text without a port, which comes from no
 * socket, is its own host.
 */
export function hostKeyOf(address: string): string {
  return hostKey(hostOf(address));
}

/**
 * The key under which one host is counted: an IPv4 address, or the 64 bits of an IPv6 address that
 * name a network. A host in that network may choose the other 64 bits itself.
 */
export function hostKey(address: string): string {
  const plain = unmapAddress(address);
  if (!plain.includes(':')) return plain;
  const [before = '', after] = (plain.split('%')[0] as string).split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...new Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':');
}

/** 192.0.2.1 of ::ffff:192.0.2.1, which is how a socket for both kinds of addresses gives it. */
function unmapAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
