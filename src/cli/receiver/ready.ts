import { formatAddress, isLoopback } from '../../link/address.ts';
import type { Log } from '../../system/log.ts';
import type { ReceiverSettings } from './settings.ts';

interface Address {
  readonly address: string;
  readonly port: number;
}

/** The first words of a receiver that is ready: where it listens, who may come, and how to change that. */
export function announce(addresses: readonly Address[], settings: ReceiverSettings, log: Log): void {
  const where = addresses.map(({ address, port }) => formatAddress(address, port)).join(' and ');
  if (addresses.every(({ address }) => isLoopback(address))) {
    log.info(`listening on ${where}, for this machine only; --host 0.0.0.0 lets others in`);
    return;
  }
  log.info(`listening on ${where}`);
  const hasToken = settings.listener.token !== undefined;
  if (settings.tls === undefined && !hasToken) {
    log.warn('anyone who reaches this may send, and anyone on the way may look: --token-file and --tls keep them out');
  } else if (settings.tls === undefined) {
    log.warn('the token and the pictures come in the clear, where anyone on the way may look: --tls keeps them out');
  }
}

/** Where the page is, and who may look. */
export function announcePage(
  addresses: readonly Address[],
  { hasTls, hasPassword }: { hasTls: boolean; hasPassword: boolean },
  log: Log,
): void {
  const [first] = addresses;
  if (first === undefined) return;
  const isHere = addresses.every(({ address }) => isLoopback(address));
  const isAnywhere = first.address === '0.0.0.0' || first.address === '::';
  // On many machines `localhost` is the IPv4 address alone.
  const isLocal = isAnywhere || addresses.some(({ address }) => address === '127.0.0.1');
  const host = isLocal ? 'localhost' : first.address;
  const where = `${hasTls ? 'https' : 'http'}://${formatAddress(host, first.port)}/`;
  log.info(`the page is at ${where}${isHere ? ', for this machine only; --web 0.0.0.0:PORT lets others look' : ''}`);
  if (isHere) return;
  if (!hasPassword) log.warn('anyone who reaches the page may look: --web-token-file asks for a password');
  else if (!hasTls)
    log.warn('the password and the pictures of the page go in the clear: --tls keeps others from reading them');
}
