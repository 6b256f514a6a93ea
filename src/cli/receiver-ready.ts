import { formatAddress, isLoopback } from '../link/address.ts';

/** The first line of a receiver: where it listens, who may come, and how to change that. */
export function describeListening(addresses: readonly { readonly address: string; readonly port: number }[]): string {
  const where = addresses.map(({ address, port }) => formatAddress(address, port)).join(' and ');
  if (addresses.every(({ address }) => isLoopback(address))) {
    return `listening on ${where}, for this machine only; --host 0.0.0.0 lets others in`;
  }
  return `listening on ${where}; anyone who reaches that may send`;
}
