import type { NatsOptions } from '../../src/nats/nats.ts';
import { parseNatsAddress } from '../../src/nats/nats-address.ts';

/** For a server that wants neither login nor TLS, unless `over` says otherwise. */
export function makeNatsOptions(url: string, over: Partial<NatsOptions> = {}): NatsOptions {
  const login = { credentials: undefined, nkeySeed: undefined, tls: undefined };
  const defaultValue = { clientName: 'trial', retries: 0, connectTimeoutMs: 5000 };
  return { address: parseNatsAddress(url), ...login, ...defaultValue, ...over };
}
