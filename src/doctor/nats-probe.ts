import type { CodedError } from '../errors.ts';
import { Nats, type NatsOptions } from '../nats/nats.ts';
import { measureRoundTrip } from '../nats/round-trip.ts';
import { type FoundStreams, inspectStreams, type StreamRetention } from '../nats/stream-provisioner.ts';
import type { Log } from '../system/log.ts';

/** The NATS server to probe, and the pictures to publish there. */
export interface NatsChoice {
  readonly options: NatsOptions;
  readonly retention: StreamRetention;
  /** The subject of the pictures of the camera. */
  readonly subject: string;
}

/** The answer of the NATS server. */
export type NatsAnswer =
  | ({ readonly kind: 'welcome'; readonly roundTripMs: number } & FoundStreams)
  | { readonly kind: 'failure'; readonly code: string; readonly reason: string };

const silent: Log = { info: () => undefined, warn: () => undefined };

/**
 * Connects as a sender would, asks for the streams and leaves. Publishes and makes nothing. Never
 * throws.
 */
export async function probeNats(choice: NatsChoice, signal: AbortSignal): Promise<NatsAnswer> {
  const left = new AbortController();
  const nats = new Nats({ ...choice.options, retries: 1 }, silent);
  let answer: NatsAnswer = { kind: 'failure', code: 'CONNECT_FAILED', reason: 'stopped' };
  try {
    await nats.run(
      async (connection, over) => {
        const roundTripMs = await measureRoundTrip(connection, over);
        answer = {
          kind: 'welcome',
          roundTripMs,
          ...(await inspectStreams(connection, choice.retention, choice.subject)),
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
