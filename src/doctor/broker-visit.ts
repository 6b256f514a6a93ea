import { Broker, type BrokerOptions } from '../broker/broker.ts';
import { measureRoundTrip } from '../broker/round-trip.ts';
import { type FoundStreams, inspectStreams, type StreamKeeping } from '../broker/stream-keeper.ts';
import type { CodedError } from '../protocol/errors.ts';
import type { Log } from '../system/log.ts';

/** Which NATS server, and what is to be published there. */
export interface BrokerChoice {
  readonly options: BrokerOptions;
  readonly keeping: StreamKeeping;
  /** Of the camera's pictures. */
  readonly subject: string;
}

/** What came of a visit. */
export type BrokerAnswer =
  | ({ readonly kind: 'welcome'; readonly roundTripMs: number } & FoundStreams)
  | { readonly kind: 'failure'; readonly code: string; readonly reason: string };

const silent: Log = { info: () => undefined, warn: () => undefined };

/** Connects as a sender would, asks for the streams and leaves, without publishing or making anything. Never throws. */
export async function visitBroker(choice: BrokerChoice, signal: AbortSignal): Promise<BrokerAnswer> {
  const left = new AbortController();
  const broker = new Broker({ ...choice.options, retries: 1 }, silent);
  let answer: BrokerAnswer = { kind: 'failure', code: 'CONNECT_FAILED', reason: 'stopped' };
  try {
    await broker.run(
      async (connection, over) => {
        const roundTripMs = await measureRoundTrip(connection, over);
        answer = {
          kind: 'welcome',
          roundTripMs,
          ...(await inspectStreams(connection, choice.keeping, choice.subject)),
        };
        left.abort();
      },
      AbortSignal.any([signal, left.signal]),
    );
  } catch (error) {
    const { code, message } = error as CodedError;
    return { kind: 'failure', code, reason: message.replace(/; gave up after 1 try.*$/s, '') };
  }
  return answer;
}
