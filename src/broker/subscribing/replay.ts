import { type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { onAbort } from '../../system/abort.ts';
import { LinkPace } from '../link-pace.ts';
import { measureRoundTrip } from '../round-trip.ts';
import { makeOwnConsumer, placeOf, type StreamWay, type Taking, withOwnConsumer } from './consumers.ts';
import { Flow } from './flow.ts';
import type { FrameTaker } from './frame-taker.ts';
import { readPlace } from './message-place.ts';

/** Frames that are under way or wait for the sinks. */
const mostAtOnce = 64;

/** Every frame that the stream keeps, from the oldest on, and then all that come. */
export class ReplayTaking implements Taking {
  readonly #taker: FrameTaker;
  /** The stream, and the last of its messages that came. */
  #last: { readonly created: string; sequence: number } | undefined;

  constructor(taker: FrameTaker) {
    this.#taker = taker;
  }

  open(way: StreamWay): Promise<ConsumerInfo> {
    const { created, state } = way.stream;
    // A stream that was made anew counts from 1 again.
    const isSame = this.#last?.created === created && this.#last.sequence <= state.last_seq;
    if (!isSame || this.#last === undefined) {
      this.#last = { created, sequence: 0 };
      return makeOwnConsumer(way, { deliver_policy: DeliverPolicy.All });
    }
    const opt_start_seq = this.#last.sequence + 1;
    return makeOwnConsumer(way, { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq });
  }

  consume(way: StreamWay, consumer: ConsumerInfo): Promise<string | undefined> {
    return withOwnConsumer(way, consumer, () => this.#consume(way, consumer));
  }

  async #consume(way: StreamWay, consumer: ConsumerInfo): Promise<string | undefined> {
    const { connection, over } = way;
    const taker = this.#taker;
    const pace = new LinkPace(await measureRoundTrip(connection, over), performance.now());
    const room = () => Math.min(pace.room, mostAtOnce - taker.sources.waiting);
    const flow = new Flow(placeOf(way, consumer), room, (message) => {
      pace.count(performance.now());
      const { sequence } = readPlace(message.reply) ?? {};
      if (sequence !== undefined && this.#last !== undefined) {
        this.#last.sequence = Math.max(this.#last.sequence, sequence);
      }
      void taker.take(message)?.then(() => flow.refresh());
    });
    const stopWatching = onAbort(over, () => flow.close());
    await flow.ended;
    stopWatching();
    return flow.reason;
  }
}
