import type { FrameQueue } from '../../delivery/frame-queue.ts';
import { Sender, type SenderOptions } from '../../delivery/sender.ts';
import type { Log } from '../../system/log.ts';
import { NatsConnector, type NatsConnectorOptions } from './nats-connector.ts';

export interface NatsSenderOptions extends NatsConnectorOptions, Omit<SenderOptions, 'retries'> {}

/** A sender that puts its frames into the stream of a NATS server. */
export function createNatsSender(options: NatsSenderOptions, queue: FrameQueue, log: Log): Sender {
  const { retries } = options.nats;
  return new Sender({ connector: new NatsConnector(options, log), queue, log }, { ...options, retries });
}
