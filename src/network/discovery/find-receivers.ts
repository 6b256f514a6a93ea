import { type DnsMessage, dnsTypes } from '../../protocol/dns/dns-message.ts';
import { pause } from '../../system/abort.ts';
import { MulticastSocket } from './multicast-socket.ts';
import { type FoundReceiver, ReceiverCollector } from './receiver-collector.ts';
import { receiverType } from './service-records.ts';

/** How long a look takes: milliseconds. A receiver answers within 1.2 s. */
export const lookMs = 2000;
/** The first question or its answer may get lost. */
const askAgainMs = 1000;

const question: DnsMessage = {
  id: 0,
  isResponse: false,
  questions: [{ name: receiverType, type: dnsTypes.PTR }],
  answers: [],
  claims: [],
};

/**
 * Looks for receivers in all networks of this machine, for two seconds or until `signal` aborts.
 * @throws CodedError LISTEN_FAILED
 */
export async function findReceivers(signal: AbortSignal): Promise<FoundReceiver[]> {
  const collector = new ReceiverCollector();
  const listener = {
    received: collector.add.bind(collector),
    // Each network is asked below.
    joined: () => undefined,
  };
  const socket = await MulticastSocket.open(listener, true);
  try {
    for (const waitMs of [askAgainMs, lookMs - askAgainMs]) {
      socket.refresh();
      for (const network of socket.networks) void socket.send(network, question);
      await pause(waitMs, signal);
    }
  } finally {
    await socket.close();
  }
  return collector.list();
}
