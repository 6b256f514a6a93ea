import type { CodedError, ErrorCode } from '../errors.ts';
import type { Camera } from '../frames/camera.ts';
import type { CameraRegistry } from '../frames/camera-registry.ts';
import type { ConnectionHandler } from '../frames/connection-handler.ts';
import type { ConnectionStats, ReceivedFrame } from '../frames/received-frame.ts';
import { andThen, type MaybePromise } from '../system/maybe-promise.ts';
import type { Sink, SinkStats } from './sink.ts';

/** Called when connections come and go. */
export interface ConnectionListener {
  /** The first frame of a connection is about to come, and it is of that camera. */
  connected(connection: ConnectionStats, camera: Camera): void;
  /** Something about a connection that a person should know, in a few words. */
  notice(connection: ConnectionStats, what: string): void;
  /** It is gone, whether it brought a frame or not. */
  disconnected(connection: ConnectionStats, error: CodedError | undefined): void;
}

export interface PipelineOptions {
  readonly cameras: CameraRegistry;
  /** Frames of all cameras together that are wanted; 0: no end. */
  readonly count: number;
  /** The most frames that are accepted. */
  readonly onDone: () => void;
  readonly listener?: ConnectionListener | undefined;
}

/** Delivers each frame to all sinks, and says when it is accepted: the promise that comes up from them is its acknowledgement. */
export class Pipeline implements ConnectionHandler {
  readonly #options: PipelineOptions;
  readonly #cameras: CameraRegistry;
  readonly #sinks: readonly Sink[];
  /** The sinks that get each frame, and the sinks that get each frame that these have accepted. */
  readonly #takers: readonly Sink[];
  readonly #told: readonly Sink[];
  readonly #connections = new Set<ConnectionStats>();
  readonly #inFlight = new Set<Promise<boolean>>();
  /** The last frame in flight of each connection. */
  readonly #newest = new Map<ConnectionStats, Promise<boolean>>();
  /** Frames that are accepted or in flight. */
  #accepted = 0;
  #taken = 0;

  constructor(sinks: readonly Sink[], options: PipelineOptions) {
    this.#options = options;
    this.#cameras = options.cameras;
    this.#sinks = sinks;
    this.#takers = sinks.filter(({ isTold = false }) => !isTold);
    this.#told = sinks.filter(({ isTold = false }) => isTold);
  }

  /** Frames that are still to come. */
  get wanted(): number {
    const { count } = this.#options;
    return count === 0 ? Number.POSITIVE_INFINITY : count - this.#accepted;
  }

  /** All is open, and said to be. */
  start(): void {
    for (const sink of this.#sinks) sink.start?.();
  }

  connected(connection: ConnectionStats): void {
    const camera = this.#cameras.connected(connection);
    this.#connections.add(connection);
    for (const sink of this.#sinks) sink.connected?.(connection);
    this.#options.listener?.connected(connection, camera);
  }

  deliver(frame: ReceivedFrame): MaybePromise<boolean> {
    if (this.wanted <= 0) return false;
    this.#accepted++;
    this.#cameras.countFrame(frame);
    const { connection } = frame;
    const earlier = this.#newest.get(connection);
    const taken = writeToAll(this.#takers, frame);
    const inOrder = earlier === undefined ? taken : Promise.all([taken, earlier]).then(([isTaken]) => isTaken);
    const told = andThen(inOrder, (isTaken) => isTaken && writeToAll(this.#told, frame));
    // Mostly no sink has to wait.
    if (typeof told === 'boolean') return this.#settle(told);
    const inFlight: Promise<boolean> = told.finally(() => {
      this.#inFlight.delete(inFlight);
      if (this.#newest.get(connection) === inFlight) this.#newest.delete(connection);
    });
    this.#newest.set(connection, inFlight);
    this.#inFlight.add(inFlight);
    return inFlight.then((isTaken) => this.#settle(isTaken));
  }

  notice(connection: ConnectionStats, what: string): void {
    this.#options.listener?.notice(connection, what);
  }

  rejected(code: ErrorCode): void {
    this.#cameras.countRejection(code);
  }

  disconnected(connection: ConnectionStats, error: CodedError | undefined): void {
    if (this.#connections.delete(connection)) {
      for (const sink of this.#sinks) sink.disconnected?.(connection, error?.code);
    }
    this.#cameras.disconnected(connection, error?.code);
    this.#options.listener?.disconnected(connection, error);
  }

  /** The counts of each sink that has some. */
  listStats(): SinkStats[] {
    return this.#sinks.flatMap(({ stats }) => stats ?? []);
  }

  /** Whether no sink hangs, since this was asked last. */
  isFlowing(): boolean {
    // Each is to be asked each time.
    return !this.#sinks.map((sink) => sink.isFlowing?.() ?? true).includes(false);
  }

  /** No frame will come any more. Resolves when all sinks are closed. */
  async close(): Promise<void> {
    await Promise.all(this.#inFlight);
    for (const isLast of [false, true]) {
      const sinks = this.#sinks.filter(({ closesLast = false }) => closesLast === isLast);
      await Promise.all(sinks.map((sink) => sink.close?.()));
    }
  }

  /** One that is not accepted does not count: it may come again, or another in its place. */
  #settle(isTaken: boolean): boolean {
    if (!isTaken) this.#accepted--;
    else if (++this.#taken === this.#options.count) this.#options.onDone();
    return isTaken;
  }
}

/** Whether all of them have accepted it. */
function writeToAll(sinks: readonly Sink[], frame: ReceivedFrame): MaybePromise<boolean> {
  let isTaken = true;
  let waiting: Promise<boolean>[] | undefined;
  for (const sink of sinks) {
    const result = sink.write(frame);
    if (typeof result !== 'boolean') {
      waiting ??= [];
      waiting.push(result);
    } else if (!result) isTaken = false;
  }
  return waiting === undefined ? isTaken : Promise.all(waiting).then((results) => isTaken && !results.includes(false));
}
