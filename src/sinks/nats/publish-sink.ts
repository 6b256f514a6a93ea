import { hostname } from 'node:os';
import { createStreamId } from '../../delivery/stream-id.ts';
import type { CameraEvent, OnlineCamera } from '../../frames/camera-events.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { CameraEventPublisher, type PublishedCamera } from '../../nats/camera-event-publisher.ts';
import { answerClock } from '../../nats/clock-service.ts';
import { Nats, type NatsOptions, type NatsWork } from '../../nats/nats.ts';
import { StreamProvisioner, type StreamRetention } from '../../nats/stream-provisioner.ts';
import type { Log } from '../../system/log.ts';
import type { MaybePromise } from '../../system/maybe-promise.ts';
import { QueuedSink } from '../queue/queued-sink.ts';
import type { Sink, SinkStats } from '../sink.ts';
import { PublishProcessor } from './publish-processor.ts';

export interface PublishSettings {
  readonly nats: NatsOptions;
  readonly retention: StreamRetention;
  /** A connected camera without a frame for this time is reported as stalled: milliseconds. */
  readonly stallAfterMs: number;
}

/** How long frames that are in flight at the end may take. */
const graceMs = 1000;
const names = { name: 'publish', activity: 'publishing', participle: 'published' };
/** Two of a camera are in flight, so that a round trip of 60 ms to the NATS server still takes 30 a second. */
const pace = { maxOfCamera: 2, maxAtOnce: 64, maxBytes: 16e6, isDroppable: () => true };

/** Puts the newest frames of all cameras into a stream of a NATS server, and publishes events of cameras that come, go and stall. */
export class PublishSink implements Sink {
  readonly #paced: QueuedSink;
  readonly #stopListening: () => void;
  readonly #events: CameraEventPublisher;
  readonly #closing = new AbortController();
  readonly #run: () => Promise<void>;
  #running: Promise<void> | undefined;

  constructor(cameras: CameraRegistry, settings: PublishSettings, log: Log, stop: AbortSignal) {
    const publisher = createStreamId(hostname());
    const { retention } = settings;
    const nats = new Nats(settings.nats, log);
    const provisioner = new StreamProvisioner(retention, log);
    const expire = () => nats.abandon('it did not answer for a frame in time');
    const processor = new PublishProcessor(publisher, provisioner, expire, stop);
    this.#events = new CameraEventPublisher(publisher, log);
    this.#stopListening = cameras.events.listen(settings, (event) => this.#tell(event));
    // Of a camera only the newest waits, unless others are wanted later.
    const room = retention === 'newest' ? { maxFrames: 1 } : {};
    this.#paced = new QueuedSink(cameras, processor, { ...names, ...pace, ...room }, log, stop);
    const work: NatsWork = async (connection, over) => {
      await provisioner.ensure(connection);
      answerClock(connection, publisher);
      this.#events.attach(connection, over);
      await processor.attach(connection, over);
    };
    this.#run = () => nats.run(work, this.#closing.signal);
  }

  get stats(): SinkStats {
    return this.#paced.stats;
  }

  // It has no isFlowing(): a NATS server that is away is no fault of this program, and no restart of it helps.

  start(): void {
    this.#running = this.#run();
  }

  write(frame: ReceivedFrame): MaybePromise<boolean> {
    return this.#paced.write(frame);
  }

  disconnected(connection: ConnectionStats): void {
    this.#paced.disconnected(connection);
  }

  async close(): Promise<void> {
    this.#stopListening();
    // A NATS server that is frozen does not get all the time that it has for a frame.
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    await this.#paced.close();
    clearTimeout(timer);
    this.#closing.abort();
    await this.#running;
  }

  #tell(event: CameraEvent): void {
    // Its subscribers hear of cameras that were there. The receiver that expects others reports these itself.
    if (event.kind === 'missing') return;
    const camera = describeCamera(event);
    if (event.kind === 'up' || event.kind === 'resume') this.#events.up(camera);
    else if (event.kind === 'down') {
      this.#events.down(camera, { frames: event.frames, reason: event.reason ?? null });
    } else this.#events.stall(camera, { frames: event.frames, stalledMs: event.stalledMs });
  }
}

function describeCamera({ camera, connection }: OnlineCamera): PublishedCamera {
  return { key: camera.key, name: connection.name, stream: connection.stream, address: connection.address };
}
