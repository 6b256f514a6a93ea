import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import { Subscription } from '../../nats/subscribing/subscription.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import { Listener } from '../../transport/accept/listener.ts';
import type { Terminal } from '../terminal.ts';
import { announce } from './ready.ts';
import type { ReceiverSettings } from './settings.ts';

/**
 * Where frames come from, until it is closed: then none comes any more, and the handler has settled
 * all.
 */
export interface FrameInput {
  close(): Promise<void>;
}

/** Takes frames until it has had enough. */
export interface FrameConsumer extends ConnectionHandler {
  /** How many are still to come. */
  readonly wanted: number;
}

/**
 * Takes frames from senders on a port, or from a NATS server.
 * @param stop aborted when none can come any more
 * @throws CodedError LISTEN_FAILED
 */
export async function openInput(
  settings: ReceiverSettings,
  tls: TlsIdentity | undefined,
  consumer: FrameConsumer,
  terminal: Terminal,
  stop: AbortController,
): Promise<FrameInput> {
  if (settings.subscription !== undefined) {
    const closing = new AbortController();
    const options = { ...settings.subscription, wanted: () => consumer.wanted };
    const subscription = new Subscription(options, consumer, terminal);
    const running = subscription.run(closing.signal).catch((error) => stop.abort(error));
    return {
      close: async () => {
        closing.abort();
        await running;
      },
    };
  }
  const listener = await Listener.open({ ...settings.listener, tls }, consumer, terminal);
  announce(listener.addresses, settings, terminal);
  return listener;
}
