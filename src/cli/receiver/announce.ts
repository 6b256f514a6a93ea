import { hostname } from 'node:os';
import { CodedError } from '../../errors.ts';
import { type Listening, listServices } from '../../network/discovery/announcement.ts';
import { Announcer } from '../../network/discovery/announcer.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { Log } from '../../system/log.ts';

interface Announced {
  readonly receiver: Listening;
  readonly tls: TlsIdentity | undefined;
  readonly sinks: readonly Sink[];
}

/**
 * Has others find the receiver and its page; undefined where both are for this machine only, or it
 * cannot be done, which keeps no picture from coming.
 */
export async function announceServices({ receiver, tls, sinks }: Announced, log: Log): Promise<Announcer | undefined> {
  const page = sinks.flatMap(({ addresses = [] }) => addresses);
  const services = listServices({ machine: hostname(), receiver, fingerprint: tls?.fingerprint, page });
  if (services.length === 0) return undefined;
  try {
    return await Announcer.start(services);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log.warn(
      `${error.message}. So senders do not find this receiver, and need --host; --no-announce ends this message`,
    );
    return undefined;
  }
}
