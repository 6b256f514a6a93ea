import { type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { onAbort } from '../../system/abort.ts';
import { InFlightLimit } from '../in-flight-limit.ts';
import { measureRoundTrip } from '../round-trip.ts';
import { type ConsumerStrategy, makeOwnConsumer, refTo, type StreamContext, withOwnConsumer } from './consumers.ts';
import { Flow } from './flow.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { readPosition } from './message-position.ts';

/** Messages that may be in flight, where the link is fast enough for them: of each camera, and of all together at least. */
const maxOfCamera = 2;
const maxAtLeast = 64;
/** Frames of each camera, and then some, that a stream which keeps more may be ahead. */
const maxBehind = 4;

/** Takes the newest frame of each camera, and the later ones as far as the link and the reader keep up. */
export class NewestStrategy implements ConsumerStrategy {
  readonly #decoder: FrameDecoder;

  constructor(decoder: FrameDecoder) {
    this.#decoder = decoder;
  }

  open(context: StreamContext): Promise<ConsumerInfo> {
    return makeOwnConsumer(context, { deliver_policy: DeliverPolicy.LastPerSubject });
  }

  consume(context: StreamContext, consumer: ConsumerInfo): Promise<string | undefined> {
    return withOwnConsumer(context, consumer, () => this.#consume(context, consumer));
  }

  async #consume(context: StreamContext, consumer: ConsumerInfo): Promise<string | undefined> {
    const { connection, over } = context;
    const { num_pending: first } = consumer;
    const { cameraStreams } = this.#decoder;
    const pace = new InFlightLimit(await measureRoundTrip(connection, over), performance.now());
    const room = () => Math.min(pace.room, Math.max(maxAtLeast, maxOfCamera * cameraStreams.size));
    const flow = new Flow(refTo(context, consumer), room, (message) => {
      pace.count(performance.now());
      void this.#decoder.take(message);
      const behind = readPosition(message.reply)?.pending ?? 0;
      // A new consumer begins with the newest frames.
      if (behind > maxAtLeast + maxBehind * Math.max(first, cameraStreams.size)) flow.close();
    });
    const stopWatching = onAbort(over, () => flow.close());
    await flow.ended;
    stopWatching();
    return flow.reason;
  }
}
