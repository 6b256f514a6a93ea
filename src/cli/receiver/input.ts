import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import type { FrameResult } from '../../frames/results/frame-result.ts';
import type { ResultHub } from '../../frames/results/result-hub.ts';
import { Subscription, type SubscriptionOptions } from '../../nats/subscribing/subscription.ts';
import type { Listening } from '../../network/discovery/announcement.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import type { ProtocolError } from '../../protocol/errors.ts';
import type { FairScheduler } from '../../system/fair-scheduler.ts';
import type { Joining } from '../../transport/accept/joining.ts';
import { Listener } from '../../transport/accept/listener.ts';
import type { Terminal } from '../terminal.ts';
import type { ReceiverSettings } from './settings.ts';

/**
 * Where frames come from, until it is closed: then none comes any more, and the handler has settled
 * all.
 */
export interface FrameInput {
  /** The places that senders may connect to. */
  readonly addresses: Listening;
  /** Takes TLS from now on, beside what it takes; undefined: there is no port. */
  offerTls?(identity: TlsIdentity): void;
  /** Ends the connections that are meant, with the reason. */
  reject?(error: ProtocolError, isMeant: (connection: ConnectionStats) => boolean): void;
  /** Sends a result to the sender of its frame; false: it is not there, or cannot take one. */
  sendResult?(result: FrameResult): boolean;
  close(): Promise<void>;
}

/** Takes frames until it has had enough. */
export interface FrameConsumer extends ConnectionHandler {
  /** How many are still to come. */
  readonly wanted: number;
}

/** The parts of the receiver that its input uses. */
interface Shared {
  readonly tls: TlsIdentity | undefined;
  readonly scheduler: FairScheduler;
  readonly consumer: FrameConsumer;
  readonly terminal: Terminal;
  /** TLS that the port takes beside other connections. */
  readonly tlsBeside: TlsIdentity | undefined;
  /** Undefined: no camera can join. */
  readonly joining: Joining | undefined;
  /** Of a detector, where there is one. */
  readonly results: ResultHub;
  /** Aborted when no frame can come any more. */
  readonly stop: AbortController;
}

/**
 * Takes frames from senders on a port, or from a NATS server.
 * @throws CodedError LISTEN_FAILED
 */
export async function openInput(settings: ReceiverSettings, shared: Shared): Promise<FrameInput> {
  const { tls, tlsBeside, scheduler, consumer, terminal, joining, results } = shared;
  if (settings.subscription !== undefined) return subscribe(settings.subscription, shared);
  const readDetector = () => (results.readDetector === undefined ? undefined : { ageMs: results.cameras.lastAgeMs });
  const options = { ...settings.listener, scheduler, tls, tlsBeside, joining, readDetector };
  return await Listener.open(options, consumer, terminal);
}

function subscribe(options: SubscriptionOptions, { consumer, terminal, stop }: Shared): FrameInput {
  const closing = new AbortController();
  const subscription = new Subscription({ ...options, wanted: () => consumer.wanted }, consumer, terminal);
  const running = subscription.run(closing.signal).catch((error) => stop.abort(error));
  return {
    addresses: [],
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
