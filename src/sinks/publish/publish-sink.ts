import { hostname } from 'node:os';
import { Broker, type BrokerOptions, type BrokerWork } from '../../broker/broker.ts';
import { CameraEvents, type PublishedCamera } from '../../broker/camera-events.ts';
import { answerClock } from '../../broker/clock-service.ts';
import { StreamKeeper, type StreamKeeping } from '../../broker/stream-keeper.ts';
import type { CameraRegistry } from '../../cameras/camera-registry.ts';
import { type CameraEvent, CameraWatch, type OnlineCamera } from '../../cameras/camera-watch.ts';
import type { ReceivedFrame, Sender } from '../../link/receiving/received-frame.ts';
import { createStreamId } from '../../link/sending/stream-id.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Log } from '../../system/log.ts';
import { PacedSink } from '../paced/paced-sink.ts';
import type { Sink, SinkFigures } from '../sink.ts';
import { PublishWorker } from './publish-worker.ts';

export interface PublishSettings {
  readonly broker: BrokerOptions;
  readonly keeping: StreamKeeping;
  /** Time without a frame of a camera that is connected after which it is told of as stalled, in milliseconds. */
  readonly stallAfterMs: number;
}

/** How long frames that are under way at the end may take. */
const graceMs = 1000;
const names = { name: 'publish', activity: 'publishing', participle: 'published' };
/** Two of a camera are under way, so that a way of 60 ms to the broker still takes 30 a second. */
const pace = { mostOfCamera: 2, mostAtOnce: 64, mostBytes: 16e6, isExpendable: () => true };

/** Puts the newest frames of all cameras into a stream of a NATS server, and tells there of cameras that come, go and stall. */
export class PublishSink implements Sink {
  readonly #paced: PacedSink;
  readonly #watch: CameraWatch;
  readonly #events: CameraEvents;
  readonly #closing = new AbortController();
  readonly #run: () => Promise<void>;
  #running: Promise<void> | undefined;

  constructor(cameras: CameraRegistry, settings: PublishSettings, log: Log, stop: AbortSignal) {
    const publisher = createStreamId(hostname());
    const { keeping } = settings;
    const broker = new Broker(settings.broker, log);
    const keeper = new StreamKeeper(keeping, log);
    const expire = () => broker.abandon('it did not answer for a frame in time');
    const worker = new PublishWorker(publisher, keeper, expire, stop);
    this.#events = new CameraEvents(publisher, log);
    this.#watch = new CameraWatch(cameras, settings.stallAfterMs, (event) => this.#tell(event));
    // Of a camera only the newest waits, unless others are wanted later.
    const room = keeping === 'newest' ? { mostFrames: 1 } : {};
    this.#paced = new PacedSink(cameras, worker, { ...names, ...pace, ...room }, log, stop);
    const work: BrokerWork = async (connection, over) => {
      await keeper.ensure(connection);
      answerClock(connection, publisher);
      this.#events.attach(connection, over);
      await worker.attach(connection, over);
    };
    this.#run = () => broker.run(work, this.#closing.signal);
  }

  get figures(): SinkFigures {
    return this.#paced.figures;
  }

  // It has no isFlowing(): a broker that is away is no fault of this program, and no restart of it helps.

  start(): void {
    this.#running = this.#run();
  }

  arrive(sender: Sender): void {
    this.#watch.arrive(sender);
  }

  take(frame: ReceivedFrame): boolean | Promise<boolean> {
    this.#watch.take(frame);
    return this.#paced.take(frame);
  }

  leave(sender: Sender, failure: ErrorCode | undefined): void {
    this.#watch.leave(sender, failure);
    this.#paced.leave(sender);
  }

  async close(): Promise<void> {
    this.#watch.close();
    // A broker that is frozen does not get all the time that it has for a frame.
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    await this.#paced.close();
    clearTimeout(timer);
    this.#closing.abort();
    await this.#running;
  }

  #tell(event: CameraEvent): void {
    const camera = describeCamera(event);
    if (event.kind === 'up' || event.kind === 'resume') this.#events.up(camera);
    else if (event.kind === 'down') {
      this.#events.down(camera, { frames: event.frames, reason: event.reason ?? null });
    } else this.#events.stall(camera, { frames: event.frames, stalledMs: event.stalledMs });
  }
}

function describeCamera({ camera, sender }: OnlineCamera): PublishedCamera {
  return { key: camera.key, name: sender.name, stream: sender.stream, sender: sender.address };
}
