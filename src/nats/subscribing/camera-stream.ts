import { FrameReceiver } from '../../delivery/frame-receiver.ts';
import type { FrameHandler } from '../../frames/connection-handler.ts';
import type { BatchPosition, ConnectionStats, Latency } from '../../frames/received-frame.ts';
import type { Delivery } from '../../protocol/frame.ts';
import type { StreamId } from '../../protocol/wire2/message.ts';
import type { NatsFrame } from './frame-reader.ts';
import { SequenceFilter } from './sequence-filter.ts';

/** Facts of a frame that its message does not tell. */
export interface FrameDetails {
  readonly latency: Latency | undefined;
  /** Of the publisher, where that is the camera itself. */
  readonly wallOffsetUs: number | undefined;
  readonly batch?: BatchPosition;
}

export interface CameraStreamOptions {
  readonly delivery: Delivery;
  /** Whether a sequence number that does not come is a lost frame, rather than one that another worker got. */
  readonly countsGaps: boolean;
}

export interface CameraStreamContext {
  readonly handler: FrameHandler;
  /** Holds the promises of frames in flight until they settle. */
  readonly inFlight: Set<Promise<void>>;
  /** Settles when the sinks have taken all frames of the stream that this one replaces. */
  readonly before: Promise<void> | undefined;
}

/** The weight of the newest interval in the average. */
const intervalGain = 1 / 8;
/** When another stream begins, a stream without a frame for this time is the former one: in milliseconds, and in average intervals. */
const formerMs = 500;
const formerIntervals = 2;

/** One stream of a camera's frames, or one publisher's where the camera has no stream: a connection to all that comes after. */
export class CameraStream {
  readonly camera: string;
  readonly stream: StreamId | undefined;
  readonly #options: CameraStreamOptions;
  readonly #receiver: FrameReceiver;
  readonly #inFlight: Set<Promise<void>>;
  readonly #sequences = new SequenceFilter();
  /** The one that published the newest frame. */
  publisher: string;
  /** When that came, by `performance.now()`. */
  heardMs: number;
  /** The average time between two frames, as the NATS stream got them, in milliseconds; undefined before the second frame. */
  intervalMs: number | undefined;
  /** When the NATS stream got the newest. */
  storedAtMs: number;
  /** Its publisher says that no more will come; frames that are on the way still do. */
  isGone = false;
  /** The camera's connection to its publisher. */
  #address: string | undefined;
  /** Whether a frame of it was delivered. */
  hasArrived = false;
  /** Settles when the sinks have taken the frames that were delivered to them. */
  #settled: Promise<void> | undefined;
  /** The newest frame that came meanwhile, where only that counts. */
  #waiting: readonly [NatsFrame, FrameDetails] | undefined;

  constructor(
    { camera, metadata, storedAtMs }: NatsFrame,
    name: string,
    options: CameraStreamOptions,
    { handler, inFlight, before }: CameraStreamContext,
  ) {
    this.camera = camera;
    this.stream = metadata.stream;
    this.publisher = metadata.publisher;
    this.heardMs = performance.now();
    this.storedAtMs = storedAtMs;
    this.#address = metadata.address;
    this.#options = options;
    this.#inFlight = inFlight;
    this.#receiver = new FrameReceiver(metadata.address ?? metadata.publisher, handler);
    this.connection.name = name;
    this.connection.stream = metadata.stream;
    this.connection.delivery = options.delivery;
    this.#watch(before);
  }

  get connection(): ConnectionStats {
    return this.#receiver.connection;
  }

  /** Whether it is over, as far as another stream of the same name tells which begins at that time of the server's clock. */
  isFormer(atMs: number): boolean {
    return this.isGone || atMs - this.storedAtMs > Math.max(formerMs, formerIntervals * (this.intervalMs ?? 0));
  }

  /** It was here before, and another replaced it. @param atMs when its last frame came, if that is so */
  resume(atMs: number | undefined): void {
    if (atMs !== undefined) this.intervalMs = Math.max(0, this.storedAtMs - atMs);
  }

  /** Whether the frame is one that has not come before. */
  accept({ metadata, storedAtMs }: NatsFrame): boolean {
    const { connection } = this;
    this.#hear(storedAtMs);
    // Another receiver has the camera now: the `down` of the former one is out of date.
    if (metadata.publisher !== this.publisher) this.isGone = false;
    this.publisher = metadata.publisher;
    // Without a stream, each connection of the camera counts from 1.
    if (this.stream === undefined && metadata.address !== this.#address) this.#sequences.restart();
    this.#address = metadata.address;
    const lost = this.#sequences.accept(metadata.sequence);
    if (lost === undefined) {
      connection.duplicates++;
      return false;
    }
    if (this.#options.countsGaps) connection.dropped += lost;
    return true;
  }

  /** Delivers an accepted frame when the sinks have taken the one before. Resolves when they have taken this one or it was dropped. */
  deliver(frame: NatsFrame, details: FrameDetails): Promise<void> | undefined {
    if (this.#settled === undefined) return this.#watch(this.#deliverNow(frame, details));
    if (this.#options.delivery === 'every') {
      return this.#watch(this.#settled.then(() => this.#deliverNow(frame, details)));
    }
    if (this.#waiting !== undefined) this.connection.dropped++;
    this.#waiting = [frame, details];
    return this.#settled;
  }

  /** A frame is dropped for a newer one. */
  drop(): void {
    this.connection.dropped++;
  }

  /** Frames that were delivered still count. Resolves when the sinks have taken them; undefined: they have. */
  finish(): Promise<void> | undefined {
    this.#waiting = undefined;
    return this.#settled;
  }

  /** No frame is delivered any more. */
  close(): void {
    this.#receiver.close();
    this.#waiting = undefined;
  }

  #hear(storedAtMs: number): void {
    const newest = Math.max(0, storedAtMs - this.storedAtMs);
    this.storedAtMs = storedAtMs;
    this.heardMs = performance.now();
    if (!this.#sequences.hasFrame) return;
    this.intervalMs =
      this.intervalMs === undefined ? newest : this.intervalMs + (newest - this.intervalMs) * intervalGain;
  }

  #watch(taken: Promise<void> | undefined): Promise<void> | undefined {
    if (taken === undefined) return undefined;
    const settled: Promise<void> = taken.then(() => {
      this.#inFlight.delete(settled);
      if (this.#settled !== settled) return;
      this.#settled = undefined;
      const next = this.#waiting;
      this.#waiting = undefined;
      if (next !== undefined) this.deliver(...next);
    });
    this.#settled = settled;
    this.#inFlight.add(settled);
    return settled;
  }

  #deliverNow(
    { jpeg, width, height, metadata, receivedAtUs }: NatsFrame,
    { latency, wallOffsetUs, batch }: FrameDetails,
  ): Promise<void> | undefined {
    if (this.#receiver.isClosed) return undefined;
    this.hasArrived = true;
    const { connection } = this;
    connection.wallOffsetUs = wallOffsetUs;
    const { sequence, stream, capturedAtUs } = metadata;
    const times = { capturedAtUs, receivedAtUs, latency };
    const taken = this.#receiver.receive({ jpeg, width, height, connection, sequence, stream, ...times, batch });
    if (typeof taken === 'boolean') return undefined;
    return taken.then(
      () => undefined,
      () => this.#receiver.close(),
    );
  }
}
