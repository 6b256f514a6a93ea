import { FrameReceiver } from '../../delivery/frame-receiver.ts';
import type { FrameHandler } from '../../frames/connection-handler.ts';
import type { BatchPosition, ConnectionStats, Latency } from '../../frames/received-frame.ts';
import type { Delivery } from '../../protocol/frame.ts';
import type { StreamId } from '../../protocol/wire2/message.ts';
import type { NatsFrame } from './frame-reader.ts';

/** What the way that a frame came adds to it. */
export interface Circumstances {
  readonly latency: Latency | undefined;
  /** Of the publisher, where that is the camera itself. */
  readonly wallOffsetUs: number | undefined;
  readonly batch?: BatchPosition;
}

export interface CameraStreamOptions {
  readonly delivery: Delivery;
  /** Whether a number that does not come belongs to a frame that is lost, rather than to one that others got. */
  readonly countsGaps: boolean;
}

export interface CameraStreamContext {
  readonly handler: FrameHandler;
  /** Where promises stand until they settle. */
  readonly inFlight: Set<Promise<void>>;
  /** Settles when the sinks have taken all of the source whose place this one takes. */
  readonly before: Promise<void> | undefined;
}

/** Of the usual time between two frames: how much the newest counts. */
const intervalGain = 1 / 8;
/** A gap that is larger is a number that somebody made up, rather than frames that are lost. */
const maxLost = 1_000_000;
/** Frames that a camera sends again after a break are no further back than this. */
const maxBack = 1000;
/** So many that rise among themselves, further back, are the true ones. */
const enoughBelow = 5;
/** Times without a frame that make a stream a former one where another begins: in milliseconds, and in usual times between two. */
const formerMs = 500;
const formerIntervals = 2;

/** One stream of a camera's frames, or one publisher's where the camera has no stream: a sender to all that comes after. */
export class CameraStream {
  readonly camera: string;
  readonly stream: StreamId | undefined;
  readonly #options: CameraStreamOptions;
  readonly #receiver: FrameReceiver;
  readonly #inFlight: Set<Promise<void>>;
  /** Whose frame came last. */
  publisher: string;
  /** When it came, by `performance.now()`. */
  heardMs: number;
  /** The usual time between two, as the stream got them, in milliseconds; undefined before the second. */
  intervalMs: number | undefined;
  /** When the stream got the newest. */
  storedAtMs: number;
  /** Its publisher says that there will be no more; what is on the way still comes. */
  isGone = false;
  /** The connection that it comes over to its publisher. */
  #address: string | undefined;
  /** Whether a frame of it was handed over. */
  hasArrived = false;
  /** Of its newest frame. */
  #number = 0;
  /** Numbers far below that one which came in a row, each above the one before. */
  #below = { count: 0, newest: 0 };
  /** Settles when the sinks have taken what was handed to them. */
  #strategy: Promise<void> | undefined;
  /** The newest that came meanwhile, where only that counts. */
  #waiting: readonly [NatsFrame, Circumstances] | undefined;

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
    this.#wait(before);
  }

  get connection(): ConnectionStats {
    return this.#receiver.connection;
  }

  /** Whether it is over, as far as another stream of the same name tells which begins at that time of the server's clock. */
  isFormer(atMs: number): boolean {
    return this.isGone || atMs - this.storedAtMs > Math.max(formerMs, formerIntervals * (this.intervalMs ?? 0));
  }

  /** It was here before, and another took its place. @param atMs when its last frame came, if that is so */
  resume(atMs: number | undefined): void {
    if (atMs !== undefined) this.intervalMs = Math.max(0, this.storedAtMs - atMs);
  }

  /** Whether the frame is one that has not come before. */
  accept({ metadata, storedAtMs }: NatsFrame): boolean {
    const { connection } = this;
    this.#hear(storedAtMs);
    // Another receiver has the camera now: what the former one said of it is over.
    if (metadata.publisher !== this.publisher) this.isGone = false;
    this.publisher = metadata.publisher;
    // Without a stream, each connection of the camera counts from 1.
    if (this.stream === undefined && metadata.address !== this.#address) this.#number = 0;
    this.#address = metadata.address;
    if (metadata.sequence <= this.#number && !this.#believe(metadata.sequence)) {
      connection.duplicates++;
      return false;
    }
    const lost = metadata.sequence - this.#number - 1;
    if (this.#options.countsGaps && this.#number > 0 && lost > 0 && lost <= maxLost) connection.dropped += lost;
    this.#number = metadata.sequence;
    this.#below = { count: 0, newest: 0 };
    return true;
  }

  /** Hands an accepted frame over, when the sinks have taken the one before. Resolves when they have taken this one or it gave way. */
  hand(frame: NatsFrame, circumstances: Circumstances): Promise<void> | undefined {
    if (this.#strategy === undefined) return this.#wait(this.#handNow(frame, circumstances));
    if (this.#options.delivery === 'every') {
      return this.#wait(this.#strategy.then(() => this.#handNow(frame, circumstances)));
    }
    if (this.#waiting !== undefined) this.connection.dropped++;
    this.#waiting = [frame, circumstances];
    return this.#strategy;
  }

  /** A frame is left out for a newer one. */
  drop(): void {
    this.connection.dropped++;
  }

  /** What was handed to it still counts. Resolves when the sinks have taken that; undefined: they have. */
  finish(): Promise<void> | undefined {
    this.#waiting = undefined;
    return this.#strategy;
  }

  /** No frame is handed over any more. */
  close(): void {
    this.#receiver.close();
    this.#waiting = undefined;
  }

  /** Anyone may publish there: the number that came last may have been made up. */
  #believe(number: number): boolean {
    if (number > this.#number - maxBack) return false;
    const { count, newest } = this.#below;
    this.#below = { count: number > newest ? count + 1 : 1, newest: number };
    return this.#below.count >= enoughBelow;
  }

  #hear(storedAtMs: number): void {
    const newest = Math.max(0, storedAtMs - this.storedAtMs);
    this.storedAtMs = storedAtMs;
    this.heardMs = performance.now();
    if (this.#number === 0) return;
    this.intervalMs =
      this.intervalMs === undefined ? newest : this.intervalMs + (newest - this.intervalMs) * intervalGain;
  }

  #wait(taken: Promise<void> | undefined): Promise<void> | undefined {
    if (taken === undefined) return undefined;
    const strategy: Promise<void> = taken.then(() => {
      this.#inFlight.delete(strategy);
      if (this.#strategy !== strategy) return;
      this.#strategy = undefined;
      const next = this.#waiting;
      this.#waiting = undefined;
      if (next !== undefined) this.hand(...next);
    });
    this.#strategy = strategy;
    this.#inFlight.add(strategy);
    return strategy;
  }

  #handNow(
    { jpeg, width, height, metadata, receivedAtUs }: NatsFrame,
    { latency, wallOffsetUs, batch }: Circumstances,
  ) {
    if (this.#receiver.isClosed) return undefined;
    this.hasArrived = true;
    this.connection.wallOffsetUs = wallOffsetUs;
    const { sequence, stream, capturedAtUs } = metadata;
    const place = { sequence, stream, capturedAtUs, receivedAtUs, latency, ...(batch === undefined ? {} : { batch }) };
    const taken = this.#receiver.receive({ jpeg, width, height, connection: this.connection, ...place });
    if (typeof taken === 'boolean') return undefined;
    return taken.then(
      () => undefined,
      () => this.#receiver.close(),
    );
  }
}
