import { type CodedError, formatError } from '../errors.ts';
import type { LimitedLog } from '../system/limited-log.ts';
import { AcknowledgementWatch } from './acknowledgement-watch.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { awaitNextTry } from './next-try.ts';
import type { Outbox } from './outbox.ts';
import { RetryPolicy } from './retry-policy.ts';
import type { Connector, Uplink, UplinkListener } from './uplink.ts';

export type SenderState =
  | 'waiting for a picture'
  | 'connecting'
  | 'sending'
  | 'waiting for answers'
  | 'waiting to connect again'
  | 'ended';

export interface ConnectionsParts {
  readonly connector: Connector;
  readonly outbox: Outbox;
  readonly end: ConnectionEnd;
  readonly log: LimitedLog;
}

/** Makes the connections of a sender, one after another. */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #retries: number;
  readonly #retryPolicy: RetryPolicy;
  #uplink: Uplink | undefined;
  #connectedMs = 0;
  /** Frames that had arrived, or were rejected, when the present connection was made. */
  #settledBefore = 0;
  /**
   * When the first frame went out over the present connection, by `performance.now()`; undefined
   * where none did.
   */
  firstSentMs: number | undefined;
  /** The state in words, for a live display. */
  state: SenderState = 'waiting for a picture';
  /** Connections made. */
  count = 0;
  /** Tells of frames in flight that are not acknowledged for long. */
  readonly watch: AcknowledgementWatch;

  /** @param retries failed connects in a row that end it; 0: never */
  constructor(parts: ConnectionsParts, retries: number) {
    this.#parts = parts;
    this.#retries = retries;
    this.#retryPolicy = new RetryPolicy({ retries, conclude: (error) => parts.connector.conclude(error) }, parts.log);
    this.watch = this.#createWatch();
  }

  /** The other end, for messages. */
  get address(): string {
    return this.#parts.connector.address;
  }

  /** The present connection; undefined while there is none. */
  get uplink(): Uplink | undefined {
    return this.#uplink;
  }

  /** Whether a connection is to be made though nothing may wait for it. */
  get isMissed(): boolean {
    return this.#uplink === undefined && this.count > 0 && this.#parts.connector.staysConnected;
  }

  /**
   * Undefined when the try failed and another may follow, or the program stops.
   * @throws CodedError when it was the last of too many
   */
  async connect(listener: UplinkListener, signal: AbortSignal): Promise<Uplink | undefined> {
    const { connector, end } = this.#parts;
    this.state = 'connecting';
    const startMs = performance.now();
    try {
      this.#uplink = await connector.connect(listener, signal);
    } catch (error) {
      this.state = 'waiting to connect again';
      const tookMs = performance.now() - startMs;
      if (!signal.aborted) await this.#retryPolicy.waitAfterFailure(error as CodedError, signal, tookMs);
      return undefined;
    }
    this.count++;
    end.loss = undefined;
    this.#connectedMs = performance.now();
    this.firstSentMs = undefined;
    this.#settledBefore = this.#settled;
    this.state = 'sending';
    this.#retryPolicy.succeed(connector.connectedLine);
    return this.#uplink;
  }

  /**
   * Releases frames where the uplink has found out that none is acknowledged. A full buffer takes
   * no other frame that could show it.
   */
  releaseUnacknowledged(): void {
    if (this.#uplink === undefined || this.#uplink.failure !== undefined) return;
    if (this.#uplink.acknowledging === 'none') this.#parts.outbox.release();
  }

  /** The connection has ended in order, and is of no more use. */
  drop(): void {
    this.#uplink = undefined;
  }

  /**
   * The connection is gone. Frames that have not arrived go out again over the next, which may be
   * made when this resolves.
   * @param isAllSent whether all that there was to send had gone out
   * @throws CodedError when there is not to be another; NOT_DELIVERED where all was sent, and the
   * same again would only add to it
   */
  async recover(uplink: Uplink, error: CodedError, isAllSent: boolean, signal: AbortSignal): Promise<void> {
    const { outbox, end, log } = this.#parts;
    const heldBack = this.watch.reason;
    this.watch.stop();
    this.#uplink = undefined;
    outbox.rewind();
    const { cause, isGreeted } = uplink;
    if (!isGreeted) end.loss = error;
    if (signal.aborted) {
      // The connection ends badly for the same cause.
      end.heldBack = heldBack;
      if (heldBack === undefined) log.warn('broken', formatError(error));
      return;
    }
    const isMute = cause === 'silent' && uplink.acknowledging !== 'certain';
    if (isAllSent && (cause === 'foreign' || isMute) && this.#retries > 0) end.check();
    if (cause === 'switch') {
      end.loss = undefined;
      return;
    }
    this.state = 'waiting to connect again';
    const wasOfUse = this.#settled > this.#settledBefore;
    const lastedMs = performance.now() - this.#connectedMs;
    await awaitNextTry(this.#retryPolicy, { error, cause, isGreeted, lastedMs, wasOfUse, isAllSent }, signal);
  }

  /** The sender ends: what was sent may still arrive, for a while. */
  async leave(signal: AbortSignal): Promise<void> {
    const { connector, end } = this.#parts;
    if (this.#uplink !== undefined) await end.leave(this.#uplink, this.watch, this.firstSentMs, signal);
    this.#uplink = undefined;
    this.watch.stop();
    connector.close();
    this.state = 'ended';
  }

  #createWatch(): AcknowledgementWatch {
    const { connector, outbox, log } = this.#parts;
    const options = {
      receiver: connector.address,
      waiting: () => outbox.inFlight,
      isHeard: () => (this.#uplink === undefined ? false : this.#uplink.isHeard),
      changed: (isOverdue: boolean) => {
        this.state = isOverdue ? 'waiting for answers' : 'sending';
      },
    };
    return new AcknowledgementWatch(options, log);
  }

  get #settled(): number {
    const { delivered, rejected } = this.#parts.outbox.figures;
    return delivered + rejected;
  }
}
