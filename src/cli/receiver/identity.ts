import { readTlsIdentity, type TlsIdentity } from '../../network/tls/identity.ts';
import { openTlsIdentity } from '../../network/tls/own-identity.ts';
import type { Log } from '../../system/log.ts';
import type { TlsChoice } from './listening.ts';

/** `only`: the port takes TLS only. `beside`: it takes what it took before, too. */
export type TlsUse = 'only' | 'beside';

/**
 * The certificate that was asked for; says how a sender knows it.
 * @throws CodedError TLS_UNUSABLE
 */
export async function openIdentity(choice: TlsChoice, log: Log, use: TlsUse = 'only'): Promise<TlsIdentity> {
  const identity = choice === 'own' ? await openOwn(log) : await readTlsIdentity(choice.certPath, choice.keyPath);
  const now = Date.now();
  if (now < identity.validFrom.getTime() || now > identity.validTo.getTime()) {
    const [from, to] = [identity.validFrom, identity.validTo].map((date) => date.toISOString().slice(0, 10));
    log.warn(`the certificate is valid from ${from} to ${to} only, and not today: senders without --tls-pin reject it`);
  }
  log.info(
    `${use === 'only' ? 'TLS only' : 'this port also takes TLS'}; senders trust this receiver with --tls-pin ${identity.fingerprint}`,
  );
  return identity;
}

async function openOwn(log: Log): Promise<TlsIdentity> {
  const identity = await openTlsIdentity();
  if (identity.isNew) log.info(`made a TLS key and certificate: ${identity.path}`);
  return identity;
}
