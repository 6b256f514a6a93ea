import type { Delivery } from '../protocol/frame.ts';
import type { DetectorState } from '../protocol/wire2/message.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { Notify } from '../system/notify.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { ConnectionEnd } from './connection-end.ts';
import { Connections, type SenderState } from './connections.ts';
import type { FrameQueue } from './frame-queue.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { SendingLoop, type SendingLoopOptions } from './sending-loop.ts';
import type { Connector, SenderResult } from './uplink.ts';
import { UplinkEvents } from './uplink-events.ts';

export interface SenderOptions extends OutboxLimits, SendingLoopOptions {
  /**
   * Failures in a row that end it: connects, those included that broke within two seconds, or
   * frames that are not accepted; 0: never.
   */
  readonly retries: number;
}

export interface SenderParts {
  readonly connector: Connector;
  readonly queue: FrameQueue;
  readonly log: Log;
}

/**
 * Sends the frames of a queue to one receiver or server, connecting again whenever the connection
 * goes.
 */
export class Sender {
  readonly #delivery: Delivery;
  readonly #queue: FrameQueue;
  readonly #log: LimitedLog;
  readonly #outbox: Outbox;
  readonly #end: ConnectionEnd;
  readonly #events: UplinkEvents;
  readonly #connections: Connections;
  readonly #loop: SendingLoop;

  constructor({ connector, queue, log }: SenderParts, options: SenderOptions) {
    const { delivery, retries, count } = options;
    const { maxBytesInFlight, countsRejected } = connector;
    const changes = new Notify();
    this.#delivery = delivery;
    this.#queue = queue;
    this.#log = new LimitedLog(log);
    this.#outbox = new Outbox(queue, { ...options, maxBytesInFlight, countsRejected });
    this.#end = new ConnectionEnd({ outbox: this.#outbox, delivery, changes, connector });
    const common = { outbox: this.#outbox, log: this.#log, changes, interrupts: new Notify() };
    this.#connections = new Connections({ ...common, connector, end: this.#end }, retries);
    const breaker = new CircuitBreaker(retries, this.#log);
    const waitsForOther = count > 0 && !countsRejected;
    this.#events = new UplinkEvents({ ...common, breaker, connections: this.#connections }, waitsForOther);
    const parts = { connections: this.#connections, events: this.#events, end: this.#end, breaker };
    this.#loop = new SendingLoop({ ...common, ...parts }, options);
    queue.setDemand({
      isConnected: () => this.#connections.uplink !== undefined,
      isMet: () => this.state === 'ended' || this.#outbox.isMet,
    });
  }

  /** Calls back for each result of a detector at the other end. */
  onResult(listener: (result: SenderResult) => void): void {
    this.#events.onResult = listener;
  }

  /** Calls back each time that the other end has greeted, with its detector, if it has one. */
  onWelcome(listener: (detector: DetectorState | undefined) => void): void {
    this.#events.onWelcome = listener;
  }

  /** The address of the other end, for a live display. */
  get address(): string {
    return this.#connections.address;
  }

  /** For a live display. */
  get state(): SenderState {
    return this.#connections.state;
  }

  /** Connections made. */
  get connects(): number {
    return this.#connections.count;
  }

  /**
   * Capture to reception of the newest acknowledged frame, microseconds; undefined where it is not
   * known.
   */
  get latencyUs(): number | undefined {
    return this.#events.latencyUs;
  }

  /**
   * Frames that arrived; on the classic wire those too that are in flight, until the connection has
   * ended.
   */
  get frames(): number {
    return this.#outbox.figures.delivered;
  }

  /** Bytes of their JPEGs. */
  get bytes(): number {
    return this.#outbox.figures.deliveredBytes;
  }

  /** Frames that the other end has rejected, and that do not go out again. */
  get rejected(): number {
    return this.#outbox.figures.rejected;
  }

  /** Frames that were captured; each is in one of the other figures, and in no second one. */
  get captured(): number {
    return this.#queue.captured;
  }

  /**
   * Frames that were captured and never went out, as a newer one was there, or there was no room
   * for them.
   */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Those of them that were dropped as there was no connection. */
  get unconnected(): number {
    return this.#queue.unconnected;
  }

  /** Frames that wait to go out, or never did when the sender ended. */
  get unsent(): number {
    return this.#queue.waiting;
  }

  /**
   * Frames that went out and are not acknowledged: when the sender has ended, those that may not
   * have arrived.
   */
  get uncertain(): number {
    return this.#outbox.uncertain;
  }

  /**
   * Frames of which nothing is known but that the receiver has read the connection to its end, and
   * closed it in order.
   */
  get unacknowledged(): number {
    return this.#end.unacknowledged;
  }

  /**
   * Runs until the queue has ended and its frames have arrived, `count` frames have, or `signal`
   * aborts; all are good ends.
   *
   * Connects once there is a frame to send, so that a receiver never waits for a camera that is not
   * there.
   * @throws CodedError what the connector makes of too many failed tries; why frames are not accepted,
   * too many times in a row; why they were rejected, where all were; NOT_DELIVERED where the
   * receiver has not shown that it took the frames; and what the queue's source throws
   */
  async run(signal: AbortSignal): Promise<void> {
    const failure = await this.#loop.run(signal).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const wasConnected = this.#connections.uplink !== undefined;
    await this.#connections.leave(signal);
    if (failure !== undefined) throw failure.error;
    if (!signal.aborted) {
      this.#end.check();
      // The other end took no frame at all.
      if (this.#events.rejection !== undefined && this.frames === 0) throw this.#events.rejection;
      return;
    }
    // The log has said already why an earlier connection broke.
    if (!wasConnected) this.#end.loss = undefined;
    this.#tellMissing();
  }

  #tellMissing(): void {
    // With `latest` there is always a newer frame that was not sent.
    const missing = this.#end.describe(this.#delivery === 'every' ? this.unsent : 0);
    if (missing !== undefined) this.#log.warn('end', missing);
  }
}
