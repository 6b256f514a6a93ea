import type { ConnectionStats, ReceivedFrame } from '../frames/received-frame.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Sink, SinkStats } from './sink.ts';

/** Hands each frame to all sinks, and ends after `count` frames. */
export class FanOut implements Sink {
  readonly #sinks: readonly Sink[];
  readonly #count: number;
  readonly #onDone: () => void;
  readonly #inFlight = new Set<Promise<boolean>>();
  /** Those that take each frame, and those that are told of what these have taken. */
  readonly #takers: readonly Sink[];
  readonly #told: readonly Sink[];
  /** Of each sender, what is under way of its last frame. */
  readonly #last = new WeakMap<ConnectionStats, Promise<boolean>>();
  /** Frames that are taken, or under way to that. */
  frames = 0;
  /** Those that are taken. */
  #taken = 0;

  /** @param count frames of all senders together; 0: no end */
  constructor(sinks: readonly Sink[], count: number, onDone: () => void) {
    this.#sinks = sinks;
    this.#takers = sinks.filter(({ isTold = false }) => !isTold);
    this.#told = sinks.filter(({ isTold = false }) => isTold);
    this.#count = count;
    this.#onDone = onDone;
  }

  /** Frames that are still to come. */
  get wanted(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#count - this.frames;
  }

  write(frame: ReceivedFrame): boolean | Promise<boolean> {
    if (this.wanted <= 0) return false;
    this.frames++;
    const isTaken = this.#take(frame);
    return typeof isTaken === 'boolean' ? this.#settle(isTaken) : isTaken.then((value) => this.#settle(value));
  }

  /** One that is not taken does not count: it may come again, or another in its place. */
  #settle(isTaken: boolean): boolean {
    if (!isTaken) this.frames--;
    else if (++this.#taken === this.#count) this.#onDone();
    return isTaken;
  }

  #take(frame: ReceivedFrame): boolean | Promise<boolean> {
    const { connection } = frame;
    const earlier = this.#last.get(connection);
    const taken = handOver(this.#takers, frame);
    // Mostly no sink has to wait; then nobody behind it has to.
    const told = typeof taken === 'boolean' && earlier === undefined ? taken && handOver(this.#told, frame) : undefined;
    if (typeof told === 'boolean') return told;
    const tell = async () => {
      const [isTaken] = await Promise.all([taken, earlier]);
      return isTaken && handOver(this.#told, frame);
    };
    const inFlight: Promise<boolean> = (told ?? tell()).finally(() => {
      this.#inFlight.delete(inFlight);
      if (this.#last.get(connection) === inFlight) this.#last.delete(connection);
    });
    this.#last.set(connection, inFlight);
    this.#inFlight.add(inFlight);
    return inFlight;
  }

  /** Of each sink that has some. */
  listStats(): SinkStats[] {
    return this.#sinks.flatMap(({ stats }) => stats ?? []);
  }

  /** Whether no sink hangs, since this was asked last. */
  isFlowing(): boolean {
    // Each is to be asked each time.
    return !this.#sinks.map((sink) => sink.isFlowing?.() ?? true).includes(false);
  }

  start(): void {
    for (const sink of this.#sinks) sink.start?.();
  }

  connected(connection: ConnectionStats): void {
    for (const sink of this.#sinks) sink.connected?.(connection);
  }

  disconnected(connection: ConnectionStats, failure: ErrorCode | undefined): void {
    for (const sink of this.#sinks) sink.disconnected?.(connection, failure);
  }

  async close(): Promise<void> {
    await Promise.all(this.#inFlight);
    for (const isLast of [false, true]) {
      await Promise.all(
        this.#sinks.filter(({ closesLast = false }) => closesLast === isLast).map((sink) => sink.close?.()),
      );
    }
  }
}

function handOver(sinks: readonly Sink[], frame: ReceivedFrame): boolean | Promise<boolean> {
  const takings = sinks.map((sink) => sink.write(frame));
  if (takings.every((isTaken) => typeof isTaken === 'boolean')) return !takings.includes(false);
  return Promise.all(takings).then((results) => !results.includes(false));
}
