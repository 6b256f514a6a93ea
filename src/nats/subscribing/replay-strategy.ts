import { type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { onAbort } from '../../system/abort.ts';
import { InFlightLimit } from '../in-flight-limit.ts';
import { measureRoundTrip } from '../round-trip.ts';
import { type ConsumerStrategy, makeOwnConsumer, refTo, type StreamContext, withOwnConsumer } from './consumers.ts';
import { Flow } from './flow.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { readPosition } from './message-position.ts';

/** Frames that are in flight or wait for the sinks. */
const maxAtOnce = 64;

/** Every frame that the stream keeps, from the oldest on, and then all that come. */
export class ReplayStrategy implements ConsumerStrategy {
  readonly #decoder: FrameDecoder;
  /** The stream, and the last of its messages that came. */
  #last: { readonly created: string; sequence: number } | undefined;

  constructor(decoder: FrameDecoder) {
    this.#decoder = decoder;
  }

  open(context: StreamContext): Promise<ConsumerInfo> {
    const { created, state } = context.stream;
    // A stream that was made anew counts from 1 again.
    const isSame = this.#last?.created === created && this.#last.sequence <= state.last_seq;
    if (!isSame || this.#last === undefined) {
      this.#last = { created, sequence: 0 };
      return makeOwnConsumer(context, { deliver_policy: DeliverPolicy.All });
    }
    const opt_start_seq = this.#last.sequence + 1;
    return makeOwnConsumer(context, { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq });
  }

  consume(context: StreamContext, consumer: ConsumerInfo): Promise<string | undefined> {
    return withOwnConsumer(context, consumer, () => this.#consume(context, consumer));
  }

  async #consume(context: StreamContext, consumer: ConsumerInfo): Promise<string | undefined> {
    const { connection, over } = context;
    const decoder = this.#decoder;
    const pace = new InFlightLimit(await measureRoundTrip(connection, over), performance.now());
    const room = () => Math.min(pace.room, maxAtOnce - decoder.cameraStreams.waiting);
    const flow = new Flow(refTo(context, consumer), room, (message) => {
      pace.count(performance.now());
      const { sequence } = readPosition(message.reply) ?? {};
      if (sequence !== undefined && this.#last !== undefined) {
        this.#last.sequence = Math.max(this.#last.sequence, sequence);
      }
      void decoder.take(message)?.then(() => flow.refresh());
    });
    const stopWatching = onAbort(over, () => flow.close());
    await flow.ended;
    stopWatching();
    return flow.reason;
  }
}
