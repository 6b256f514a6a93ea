import { CodedError } from '../errors.ts';
import type { Delivery } from '../protocol/frame.ts';
import type { Notify } from '../system/notify.ts';
import type { AcknowledgementWatch } from './acknowledgement-watch.ts';
import { describeMissing } from './missing.ts';
import { awaitObjection } from './objection.ts';
import type { Outbox } from './outbox.ts';
import { joinSentences } from './retry-policy.ts';
import type { Connector, Uplink } from './uplink.ts';

/** How long a receiver that acknowledges nothing has, after the last frame, to object or to go. */
const objectionMs = 1000;
/** How long a program that stops waits for the last acknowledgements. */
const graceMs = 5000;

export interface ConnectionEndParts {
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  /** Notified when an uplink changes. */
  readonly changes: Notify;
  /** Knows what may help a person whose connection broke. */
  readonly connector: Pick<Connector, 'conclude'>;
}

/** Ends connections, and finds out from the way they end which frames arrived. */
export class ConnectionEnd {
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  readonly #changes: Notify;
  readonly #connector: Pick<Connector, 'conclude'>;
  /**
   * Why the last connection broke, where nobody knows what of it arrived; undefined while there is
   * one.
   */
  loss: CodedError | undefined;
  /**
   * Frames of which nothing is known but that the receiver has read the connection to its end, and
   * closed it in order.
   */
  unacknowledged = 0;
  /**
   * Why the receiver had not acknowledged some frames when the sender ended, where it had long been
   * waited for.
   */
  heldBack: string | undefined;

  constructor({ outbox, delivery, changes, connector }: ConnectionEndParts) {
    this.#outbox = outbox;
    this.#delivery = delivery;
    this.#changes = changes;
    this.#connector = connector;
  }

  /**
   * All was sent to a receiver that may be a classic one, which answers by closing after the end of
   * the stream, and in no other way. False, and the connection is as it was, where it answered or
   * the connection broke before that, or when `signal` aborts.
   */
  async settle(uplink: Uplink, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!(await awaitObjection(uplink, this.#changes, objectionMs, signal))) return false;
    await this.#close(uplink, timeoutMs, signal);
    return true;
  }

  /**
   * The sender ends: what was sent may still arrive, for a while.
   * @param watch knows whether acknowledgements are overdue
   * @param firstSentMs when the first frame went out over the connection, by `performance.now()`;
   * undefined where none did
   */
  async leave(
    uplink: Uplink,
    watch: AcknowledgementWatch,
    firstSentMs: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    // Acknowledgements that are long overdue do not come in the last seconds.
    const expired = AbortSignal.timeout(watch.reason === undefined ? graceMs : objectionMs);
    if (!this.#outbox.isSettled && firstSentMs !== undefined) {
      await awaitObjection(uplink, this.#changes, objectionMs - (performance.now() - firstSentMs), expired);
    }
    while (this.#mayBeAcknowledged(uplink) && !expired.aborted) await this.#changes.wait(expired);
    // The connection then ends badly for the same cause.
    if (this.#outbox.pending > 0) this.heldBack = watch.reason;
    // A receiver that had all that time to acknowledge gets no more of it to read to the end.
    await this.#close(uplink, expired.aborted ? objectionMs : graceMs, signal);
  }

  /**
   * Whether frames may yet be acknowledged: those in flight, and before the greeting also those of
   * an earlier connection.
   */
  #mayBeAcknowledged({ acknowledging, failure, isGreeted }: Uplink): boolean {
    if (acknowledging !== 'certain' || failure !== undefined) return false;
    return (isGreeted ? this.#outbox.inFlight : this.#outbox.pending) > 0;
  }

  /** Ends the connection, and counts the frames that arrived by the way the receiver ends it. */
  async #close(uplink: Uplink, timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      await uplink.end(timeoutMs, signal);
    } catch (error) {
      this.loss = uplink.isGreeted && this.#outbox.isSettled ? undefined : (error as CodedError);
      this.#outbox.rewind();
      return;
    }
    this.loss = undefined;
    // A receiver that spoke too late for this connection acknowledges its frames over the next one.
    if (uplink.acknowledging === 'certain' && this.#outbox.pending > 0) this.#outbox.resend();
    else this.unacknowledged += this.#outbox.confirm();
  }

  /**
   * @throws CodedError REJECTED, NOT_DELIVERED where frames may not have arrived that should have
   */
  check(): void {
    const { uncertain } = this.#outbox;
    if (this.loss?.code === 'REJECTED') throw this.loss;
    if (uncertain === 0 || (this.#delivery === 'latest' && this.loss === undefined)) return;
    const reason = this.loss?.message ?? 'A connection broke to a receiver that answers nothing';
    const advice = this.loss === undefined ? '' : this.#connector.conclude(this.loss).advice;
    const message = describeMissing({ unsent: 0, uncertain }, reason) ?? reason;
    throw new CodedError('NOT_DELIVERED', joinSentences(advice === '' ? [message] : [message, advice]));
  }

  /**
   * Describes the frames that are not known to have arrived, for a person; undefined where there
   * are none.
   * @param unsent never went out
   */
  describe(unsent: number): string | undefined {
    return describeMissing({ unsent, uncertain: this.#outbox.uncertain }, this.heldBack ?? this.loss?.message);
  }
}
