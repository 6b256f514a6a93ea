import { makeTlsIdentity } from '../support/certificate.ts';

/** The protocol between the two ends when a fault comes. */
export type ProtocolName = 'wire auto' | 'wire 2' | 'TLS' | 'TLS, wire 2';

/** The arguments that each end gets for it. */
export interface ProtocolOptions extends AsyncDisposable {
  readonly sender: readonly string[];
  readonly receiver: readonly string[];
}

export async function openProtocol(name: ProtocolName): Promise<ProtocolOptions> {
  const wire = name.endsWith('wire 2') ? ['--wire', '2'] : [];
  if (!name.startsWith('TLS')) return { sender: wire, receiver: [], [Symbol.asyncDispose]: async () => undefined };
  const identity = await makeTlsIdentity();
  return {
    sender: ['--tls-pin', identity.pin, ...wire],
    receiver: ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath],
    [Symbol.asyncDispose]: () => identity[Symbol.asyncDispose](),
  };
}
