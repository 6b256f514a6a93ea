import type { Delivery } from '../protocol/frame.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { Notify } from '../system/notify.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { ConnectionEnd } from './connection-end.ts';
import { Connections, type SenderState } from './connections.ts';
import type { FrameQueue } from './frame-queue.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import type { Connector, Uplink } from './uplink.ts';
import { UplinkEvents } from './uplink-events.ts';

export interface SenderOptions extends OutboxLimits {
  readonly delivery: Delivery;
  /**
   * Failures in a row that end it: connects, those included that broke within two seconds, or
   * frames that are not taken; 0: never.
   */
  readonly retries: number;
  /** Longest wait for a receiver that acknowledges nothing to read to the end, in milliseconds. */
  readonly sendTimeoutMs: number;
}

export interface SenderParts {
  readonly connector: Connector;
  readonly queue: FrameQueue;
  readonly log: Log;
}

/**
 * So long a queue has to say that it has ended before a connection is made that nothing may wait
 * for.
 */
const endMs = 10;

/**
 * Sends the frames of a queue to one receiver or server, connecting again whenever the connection
 * goes.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #queue: FrameQueue;
  readonly #log: LimitedLog;
  readonly #outbox: Outbox;
  readonly #changes = new Notify();
  readonly #breaker: CircuitBreaker;
  readonly #end: ConnectionEnd;
  readonly #events: UplinkEvents;
  readonly #connections: Connections;
  #isAllSent = false;

  constructor({ connector, queue, log }: SenderParts, options: SenderOptions) {
    const { delivery, retries, count } = options;
    this.#options = options;
    this.#queue = queue;
    this.#log = new LimitedLog(log);
    const { maxBytesInFlight, countsRejected } = connector;
    this.#outbox = new Outbox(queue, { ...options, maxBytesInFlight, countsRejected });
    this.#breaker = new CircuitBreaker(retries, this.#log);
    this.#end = new ConnectionEnd(this.#outbox, delivery, this.#changes);
    const common = { outbox: this.#outbox, log: this.#log };
    this.#connections = new Connections({ ...common, connector, end: this.#end }, retries);
    const told = { breaker: this.#breaker, watch: this.#connections.watch, changes: this.#changes };
    const onChanged = () => this.#releaseUnacknowledged();
    this.#events = new UplinkEvents({ ...common, ...told, onChanged }, count > 0 && !countsRejected);
    queue.setDemand({
      isConnected: () => this.#connections.uplink !== undefined,
      isMet: () => this.state === 'ended' || this.#outbox.isMet,
    });
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
   * @throws CodedError what the connector makes of too many failed tries; why frames are not taken,
   * too many times in a row; why they were rejected, where all were; NOT_DELIVERED where the
   * receiver has not shown that it took the frames; and what the queue's source throws
   */
  async run(signal: AbortSignal): Promise<void> {
    const failure = await this.#deliver(signal).then(
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
    const missing = this.#end.describe(this.#options.delivery === 'every' ? this.unsent : 0);
    if (missing !== undefined) this.#log.warn('end', missing);
  }

  /** Sends until all frames have arrived, or none is left that can. */
  async #deliver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { uplink } = this.#connections;
      if (uplink?.failure !== undefined) {
        await this.#connections.recover(uplink, uplink.failure, this.#isAllSent, signal);
      } else if (this.#breaker.isOpen) {
        await this.#breaker.rest(signal);
      } else {
        const isReady = this.#outbox.hasFrame || (await this.#awaitFrame(signal));
        if (isReady === true) await this.#sendNext(signal);
        else if (await this.#idle(isReady, signal)) return;
      }
    }
  }

  /**
   * Resolves true when there is a frame to send, false when there is none for now or for ever,
   * undefined when anything else has changed.
   */
  #awaitFrame(signal: AbortSignal): Promise<boolean | undefined> {
    const { isMissed } = this.#connections;
    const patience = isMissed ? AbortSignal.any([signal, AbortSignal.timeout(endMs)]) : signal;
    return this.#changes.wait(patience, this.#outbox.ready());
  }

  /**
   * Nothing is there to send. True once all has arrived or can arrive no more.
   * @param isReady as `#awaitFrame` says it
   */
  async #idle(isReady: false | undefined, signal: AbortSignal): Promise<boolean> {
    if (isReady === false) {
      this.#isAllSent = true;
      return this.#settle(signal);
    }
    if (this.#connections.isMissed && !signal.aborted) await this.#connections.connect(this.#events, signal);
    return false;
  }

  async #sendNext(signal: AbortSignal): Promise<void> {
    this.#isAllSent = false;
    const uplink = this.#connections.uplink ?? (await this.#connections.connect(this.#events, signal));
    if (uplink === undefined) return;
    if (!this.#canSend(uplink)) {
      await this.#changes.wait(signal);
      return;
    }
    const frame = this.#outbox.next();
    this.#breaker.countSent(frame.sequence);
    try {
      await uplink.send(frame, signal);
    } catch (error) {
      // A break, of which `failure` says why; anything else is a fault of this program.
      if (uplink.failure === undefined) throw error;
      return;
    }
    this.#countSent(uplink);
  }

  #canSend(uplink: Uplink): boolean {
    const { acknowledging } = uplink;
    const isKept = acknowledging === 'certain' || acknowledging === 'expected';
    if (isKept && !this.#outbox.hasRoom) return false;
    if (this.#breaker.isHalfOpen && this.#outbox.inFlight > 0) return false;
    return uplink.canTakeMore;
  }

  /** A frame went out. */
  #countSent({ acknowledging }: Uplink): void {
    this.#connections.firstSentMs ??= performance.now();
    if (acknowledging === 'certain') this.#connections.watch.begin();
    else if (acknowledging === 'none') this.#outbox.release();
    else if (acknowledging === 'doubtful' && this.#options.delivery === 'latest') this.#outbox.trim();
  }

  /**
   * Releases frames where the uplink has found out that none is acknowledged. A full buffer takes
   * no other frame that could show it.
   */
  #releaseUnacknowledged(): void {
    const { uplink } = this.#connections;
    if (uplink?.failure === undefined && uplink?.acknowledging === 'none') this.#outbox.release();
  }

  /**
   * All is sent: true once all has arrived or can arrive no more, false when there is something to
   * do again.
   */
  async #settle(signal: AbortSignal): Promise<boolean> {
    const { uplink } = this.#connections;
    if (uplink === undefined || this.#outbox.isSettled) return true;
    if (uplink.acknowledging === 'certain') {
      if (this.#outbox.pending === 0) return true;
      await this.#changes.wait(signal);
      return false;
    }
    if (!(await this.#end.settle(uplink, this.#options.sendTimeoutMs, signal))) return false;
    this.#connections.drop();
    if (this.#outbox.pending === 0 || signal.aborted) return true;
    if (this.#end.loss !== undefined) await this.#connections.recover(uplink, this.#end.loss, true, signal);
    return false;
  }
}
