import { CodedError } from '../protocol/errors.ts';
import type { Notify } from '../system/notify.ts';
import { awaitRejection } from '../transport/connect/rejection.ts';
import type { TcpUplink } from '../transport/connect/tcp-uplink.ts';
import type { AcknowledgementWatch } from './acknowledgement-watch.ts';
import { describeMissing } from './missing.ts';
import type { Outbox } from './outbox.ts';
import type { WireChoice } from './wire-choice.ts';

/** How long a receiver that answers nothing has, after the last frame, to object or to go. */
const objectionMs = 1000;
/** How long the last answers are waited for once the program is told to stop. */
const graceMs = 5000;

/** Ends connections, and makes out from how they end what of the frames arrived. */
export class ConnectionEnd {
  readonly #outbox: Outbox;
  readonly #wires: WireChoice;
  readonly #changes: Notify;
  /** Why the last connection broke, where nobody knows what of it arrived; undefined while there is one. */
  loss: CodedError | undefined;
  /** Frames of which nothing is known but that the receiver has read the connection to its end, and closed it in order. */
  unacknowledged = 0;
  /** Why the receiver had not answered for some frames when the sender ended, where it had long been waited for. */
  heldBack: string | undefined;

  /** @param bell rings when an uplink changes */
  constructor(outbox: Outbox, wires: WireChoice, changes: Notify) {
    this.#outbox = outbox;
    this.#wires = wires;
    this.#changes = changes;
  }

  /**
   * All was sent to a receiver that may be a classic one, which answers by closing after the end of the stream, and in no other way.
   * False, and the connection is as it was, where it answered or the connection broke before that, or when `signal` aborts.
   */
  async settle(uplink: TcpUplink, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!(await awaitRejection(uplink, this.#changes, objectionMs, signal))) return false;
    await this.#close(uplink, timeoutMs, signal);
    return true;
  }

  /** The sender ends: what was sent may still arrive, for a while. @param watch knows whether answers are overdue */
  async leave(uplink: TcpUplink, watch: AcknowledgementWatch, signal: AbortSignal): Promise<void> {
    // What has been overdue for long does not come in the last seconds.
    const expired = AbortSignal.timeout(watch.reason === undefined ? graceMs : objectionMs);
    if (!this.#outbox.isSettled) await awaitRejection(uplink, this.#changes, objectionMs - uplink.ageMs, expired);
    while (uplink.wire === '2' && uplink.failure === undefined && this.#outbox.pending > 0 && !expired.aborted) {
      await this.#changes.wait(expired);
    }
    // What becomes of the connection then has the same cause.
    if (this.#outbox.pending > 0) this.heldBack = watch.reason;
    await this.#close(uplink, this.heldBack === undefined ? graceMs : objectionMs, signal);
  }

  /** Ends the connection, and counts what arrived by how the receiver does. */
  async #close(uplink: TcpUplink, timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      await uplink.end(timeoutMs, signal);
    } catch (error) {
      this.loss = uplink.isAcknowledged && this.#outbox.isSettled ? undefined : (error as CodedError);
      this.#outbox.rewind();
      return;
    }
    this.loss = undefined;
    // One that knows wire 2 answers for what it takes, over the next connection where it spoke too late for this one.
    if (this.#wires.peer === 'wire 2' && this.#outbox.pending > 0) this.#outbox.resend();
    else this.unacknowledged += this.#outbox.confirm();
  }

  /** @throws CodedError REFUSED, NOT_DELIVERED where frames may not have arrived that should have */
  check(): void {
    const { uncertain, delivery } = this.#outbox;
    if (this.loss?.code === 'REFUSED') throw this.loss;
    if (uncertain === 0 || (delivery === 'latest' && this.loss === undefined)) return;
    const reason = this.loss?.message ?? 'A connection broke to a receiver that answers nothing';
    throw new CodedError('NOT_DELIVERED', describeMissing({ unsent: 0, uncertain }, reason) ?? reason);
  }

  /** What becomes of the frames that are not known to have arrived, for a person; undefined where there are none. @param unsent never went out */
  describe(unsent: number): string | undefined {
    return describeMissing({ unsent, uncertain: this.#outbox.uncertain }, this.heldBack ?? this.loss?.message);
  }
}
