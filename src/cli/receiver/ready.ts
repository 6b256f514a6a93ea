import { formatAddress, isLoopback } from '../../network/address.ts';
import type { Log } from '../../system/log.ts';
import type { ReceiverSettings } from './settings.ts';

interface Address {
  readonly address: string;
  readonly port: number;
}

/**
 * The first words of a receiver that is ready: where it listens, who may come, and how to change
 * that.
 */
export function announce(addresses: readonly Address[], settings: ReceiverSettings, log: Log): void {
  const where = addresses.map(({ address, port }) => formatAddress(address, port)).join(' and ');
  const isHere = addresses.every(({ address }) => isLoopback(address));
  log.info(`listening on ${where}${isHere ? ', for this machine only; --host 0.0.0.0 lets others in' : ''}`);
  const hasToken = settings.listener.token !== undefined;
  if (settings.tls === undefined && hasToken)
    log.info('Senders do not send the token without TLS, unless they are given --token-without-tls');
  if (isHere || settings.listener.isJoinedOnly) return;
  if (settings.tls === undefined && !hasToken) {
    log.warn(
      'Anyone who can reach this port can send, and anyone on the network path can watch cameras that have not joined: --joined-only accepts no others',
    );
  } else if (settings.tls === undefined) {
    log.warn(
      'The token and the pictures come without TLS, and anyone on the network path can read them: --tls prevents it',
    );
  }
}
