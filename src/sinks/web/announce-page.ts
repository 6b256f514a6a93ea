import { formatAddress, isLoopback } from '../../network/address.ts';
import type { Log } from '../../system/log.ts';

interface Address {
  readonly address: string;
  readonly port: number;
}

/** Says where the page is, and who can see it. */
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
  if (!hasPassword) log.warn('Anyone who can reach the page can watch: --web-token-file asks for a password');
  else if (!hasTls)
    log.warn(
      'The password and the pictures of the page go without TLS, and anyone on the network path can read them: --tls prevents it',
    );
}
