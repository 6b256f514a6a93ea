import { type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { onAbort } from '../../system/abort.ts';
import { LinkPace } from '../link-pace.ts';
import { measureRoundTrip } from '../round-trip.ts';
import { makeOwnConsumer, placeOf, type StreamWay, type Taking, withOwnConsumer } from './consumers.ts';
import { Flow } from './flow.ts';
import type { FrameTaker } from './frame-taker.ts';
import { readPlace } from './message-place.ts';

/** Messages that may be under way, where the link is fast enough for them: of each camera, and of all together at least. */
const mostOfCamera = 2;
const mostAtLeast = 64;
/** Frames of each camera, and then some, that a stream which keeps more may be ahead. */
const mostBehind = 4;

/** The newest frame of each camera, and those after it as far as the link and the reader keep up. */
export class NewestTaking implements Taking {
  readonly #taker: FrameTaker;

  constructor(taker: FrameTaker) {
    this.#taker = taker;
  }

  open(way: StreamWay): Promise<ConsumerInfo> {
    return makeOwnConsumer(way, { deliver_policy: DeliverPolicy.LastPerSubject });
  }

  consume(way: StreamWay, consumer: ConsumerInfo): Promise<string | undefined> {
    return withOwnConsumer(way, consumer, () => this.#consume(way, consumer));
  }

  async #consume(way: StreamWay, consumer: ConsumerInfo): Promise<string | undefined> {
    const { connection, over } = way;
    const { num_pending: first } = consumer;
    const { sources } = this.#taker;
    const pace = new LinkPace(await measureRoundTrip(connection, over), performance.now());
    const room = () => Math.min(pace.room, Math.max(mostAtLeast, mostOfCamera * sources.size));
    const flow = new Flow(placeOf(way, consumer), room, (message) => {
      pace.count(performance.now());
      void this.#taker.take(message);
      const behind = readPlace(message.reply)?.pending ?? 0;
      // To begin anew is to jump to the newest.
      if (behind > mostAtLeast + mostBehind * Math.max(first, sources.size)) flow.close();
    });
    const stopWatching = onAbort(over, () => flow.close());
    await flow.ended;
    stopWatching();
    return flow.reason;
  }
}
