import type { ConsumerInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { CodedError, formatError } from '../../errors.ts';
import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { onAbort, pause } from '../../system/abort.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { parseCameraEvent } from '../camera-event-message.ts';
import { ClockComparer } from '../clock-comparer.ts';
import { Nats, type NatsOptions } from '../nats.ts';
import { describeStreamError, unusable } from '../stream-errors.ts';
import { findStream, openManager } from '../stream-provisioner.ts';
import { cameraOf, eventsOf } from '../subjects.ts';
import { describeAbsence } from './absence.ts';
import { CameraStreams } from './camera-streams.ts';
import type { ConsumerStrategy, StreamContext } from './consumers.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { NewestStrategy } from './newest-strategy.ts';
import { ReplayStrategy } from './replay-strategy.ts';
import { type SharedOptions, SharedStrategy } from './shared-strategy.ts';

/**
 * `newest`: of each camera, as far as the link and the sinks keep up. `replay`: all that the stream keeps, and then all that come. `shared`:
 * in batches, each frame to one of those who share.
 */
export type SubscriptionMode =
  | { readonly kind: 'newest' }
  | { readonly kind: 'replay' }
  | ({ readonly kind: 'shared' } & SharedOptions);

export interface SubscriptionOptions {
  readonly nats: NatsOptions;
  /** `frames.` and which: `frames.garden`, `frames.north.>` */
  readonly subject: string;
  readonly limits: FrameLimits;
  /** A camera without a frame for this time counts as gone, unless its average interval is long; milliseconds. */
  readonly idleTimeoutMs: number;
  readonly mode: SubscriptionMode;
  /** How many frames are still wanted: a worker takes no more away from its group. Undefined: all. */
  readonly wanted?: (() => number) | undefined;
}

const lookAgainMs = 2000;
/** From one consumer to the next. */
const anewMs = 500;
/** From the first consumer on, without any frame. */
const absenceMs = 10_000;

/** Takes the frames of all cameras from a NATS server, over one connection after another. */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #log: LimitedLog;
  readonly #nats: Nats;
  readonly #clocks = new ClockComparer();
  readonly #cameraStreams: CameraStreams;
  readonly #strategy: ConsumerStrategy;
  /** The line about where frames come from, as it was printed last. */
  #told = '';
  /** The reason why the server gave no more, as it was printed last. */
  #complaint = '';
  /** Whether the wait for a first picture has begun, or its line is printed. */
  #isAbsenceWatched = false;
  /** Whether the line is printed that there is no stream. */
  #isWaiting = false;

  constructor(options: SubscriptionOptions, handler: ConnectionHandler, log: Log) {
    this.#options = options;
    this.#log = new LimitedLog(log);
    this.#nats = new Nats(options.nats, log);
    const { mode, limits, idleTimeoutMs } = options;
    const delivery = mode.kind === 'newest' ? 'latest' : 'every';
    const isAway = () => this.#nats.connection === undefined;
    const countsGaps = mode.kind !== 'shared';
    this.#cameraStreams = new CameraStreams({ delivery, countsGaps, idleTimeoutMs, isAway }, handler, log);
    const decoder = new FrameDecoder(this.#cameraStreams, this.#clocks, limits);
    this.#strategy = createStrategy(mode, decoder, options.wanted ?? (() => Number.POSITIVE_INFINITY), this.#log);
  }

  /** Connections made. */
  get connects(): number {
    return this.#nats.connects;
  }

  /**
   * Delivers frames until `stop`. When it settles, no frame comes any more, all cameras have left and the handler has settled all frames.
   * @throws CodedError as Nats.run
   */
  async run(stop: AbortSignal): Promise<void> {
    const stopWatching = onAbort(stop, () => void this.#cameraStreams.close());
    try {
      await this.#nats.run((connection, over) => this.#begin(connection, over, stop), stop);
    } finally {
      stopWatching();
      await this.#cameraStreams.close();
    }
  }

  /** Resolves when frames can come. */
  async #begin(connection: NatsConnection, gone: AbortSignal, stop: AbortSignal): Promise<void> {
    const over = AbortSignal.any([gone, stop]);
    const manager = await openManager(connection);
    this.#told = '';
    this.#complaint = '';
    this.#clocks.attach(connection, over);
    const [, which] = /\.(.*)/.exec(this.#options.subject) ?? ['', '>'];
    connection.subscribe(eventsOf(which ?? '>'), {
      callback: (error, { subject, data }) => {
        const news = error === null ? parseCameraEvent(data) : undefined;
        if (news !== undefined) this.#cameraStreams.hear(cameraOf(subject), news);
      },
    });
    const opened = await this.#open({ connection, manager, over, stop });
    if (opened !== undefined) void this.#goOn(...opened);
  }

  /** A consumer may be lost, or begun anew, as long as the connection lasts. */
  async #goOn(context: StreamContext, consumer: ConsumerInfo): Promise<void> {
    const { over } = context;
    let opened: readonly [StreamContext, ConsumerInfo] | undefined = [context, consumer];
    while (!over.aborted) {
      const openedMs = performance.now();
      try {
        const isTold = opened !== undefined && this.#complain(await this.#strategy.consume(...opened), over);
        await pause(openedMs + (isTold ? lookAgainMs : anewMs) - performance.now(), over);
        opened = over.aborted ? undefined : await this.#open(context);
      } catch (error) {
        opened = undefined;
        if (!over.aborted) this.#log.warn('stream', error instanceof CodedError ? formatError(error) : String(error));
        await pause(lookAgainMs, over);
      }
    }
  }

  /** Waits for the stream; undefined: the connection is gone. @throws CodedError STREAM_UNUSABLE */
  async #open(link: Omit<StreamContext, 'stream' | 'subject'>): Promise<[StreamContext, ConsumerInfo] | undefined> {
    const { subject } = this.#options;
    const { connection, manager, over } = link;
    try {
      while (!over.aborted) {
        const found = await findStream(manager, subject);
        if (found !== undefined) {
          const context = { ...link, stream: await manager.streams.info(found.name), subject };
          const consumer = await this.#strategy.open(context);
          this.#tell(`taking ${subject} from ${connection.getServer()}, from the stream ${found.name}`);
          this.#isWaiting = false;
          void this.#watchAbsence(context);
          return [context, consumer];
        }
        if (!this.#isWaiting) this.#log.warn('stream', `no stream accepts ${subject} yet: waiting for a publisher`);
        this.#isWaiting = true;
        await pause(lookAgainMs, over);
      }
      return undefined;
    } catch (error) {
      if (over.aborted) return undefined;
      if (error instanceof CodedError) throw error;
      throw unusable(`Cannot receive ${subject} from its stream: ${describeStreamError(error)}`);
    }
  }

  /** Logs why a worker gets nothing, each reason once. Returns whether it was logged before. */
  #complain(reason: string | undefined, over: AbortSignal): boolean {
    if (reason === undefined || over.aborted) return false;
    if (reason === this.#complaint) return true;
    this.#complaint = reason;
    this.#log.warn('stream', `the NATS server gives no frames of ${this.#options.subject}: ${reason}`);
    return false;
  }

  /** A misspelt subject is as silent as one of a camera that is off. */
  async #watchAbsence(context: StreamContext): Promise<void> {
    if (this.#isAbsenceWatched || this.#cameraStreams.hasHeard) return;
    this.#isAbsenceWatched = true;
    await pause(absenceMs, context.over);
    const line = context.over.aborted || this.#cameraStreams.hasHeard ? undefined : await describeAbsence(context);
    if (line !== undefined && !this.#cameraStreams.hasHeard) this.#log.warn('stream', line);
    else this.#isAbsenceWatched = false;
  }

  /** Once for each connection: a consumer is made anew now and then. */
  #tell(line: string): void {
    if (line !== this.#told) this.#log.info('stream', line);
    this.#told = line;
  }
}

function createStrategy(
  mode: SubscriptionMode,
  decoder: FrameDecoder,
  wanted: () => number,
  log: LimitedLog,
): ConsumerStrategy {
  switch (mode.kind) {
    case 'newest':
      return new NewestStrategy(decoder);
    case 'replay':
      return new ReplayStrategy(decoder);
    case 'shared':
      return new SharedStrategy(decoder, { ...mode, wanted }, log);
  }
}
