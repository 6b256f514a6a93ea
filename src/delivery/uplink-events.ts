import { type CodedError, formatError } from '../errors.ts';
import type { DetectorState } from '../protocol/wire2/message.ts';
import type { LimitedLog } from '../system/limited-log.ts';
import type { Notify } from '../system/notify.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { Connections } from './connections.ts';
import type { Outbox } from './outbox.ts';
import type { SenderResult, UplinkListener } from './uplink.ts';

export interface UplinkEventsParts {
  readonly outbox: Outbox;
  readonly breaker: CircuitBreaker;
  readonly connections: Connections;
  /** Notified when anything changes. */
  readonly changes: Notify;
  /** The same, but for acknowledgements. */
  readonly interrupts: Notify;
  readonly log: LimitedLog;
}

/** Passes the answers of the other end to the outbox, and logs the frames that it rejects. */
export class UplinkEvents implements UplinkListener {
  readonly #parts: UplinkEventsParts;
  /**
   * Whether a rejected frame makes the sender wait, as another is to be delivered in its place and
   * may be rejected too.
   */
  readonly #waitsForOther: boolean;
  readonly load: Outbox;
  /** Why a frame was rejected, the last time. */
  rejection: CodedError | undefined;
  /**
   * Capture to reception of the newest acknowledged frame, microseconds; undefined where it is not
   * known.
   */
  latencyUs: number | undefined;

  /** Called each time that the other end has greeted. */
  onWelcome: ((detector: DetectorState | undefined) => void) | undefined;
  /** Called for each result of a detector. */
  onResult: ((result: SenderResult) => void) | undefined;

  constructor(parts: UplinkEventsParts, waitsForOther: boolean) {
    this.#parts = parts;
    this.#waitsForOther = waitsForOther;
    this.load = parts.outbox;
  }

  acknowledged(sequence: number, latencyUs: number | undefined): void {
    this.load.acknowledge(sequence);
    this.#parts.breaker.countTaken(sequence);
    this.latencyUs = latencyUs;
    this.#countAnswer();
  }

  acknowledgedUpTo(sequence: number, latencyUs: number | undefined): boolean {
    const { pending } = this.load;
    if (!this.load.acknowledgeUpTo(sequence)) return false;
    this.#parts.connections.watch.begin();
    this.latencyUs = latencyUs;
    if (this.load.pending < pending) this.#countAnswer();
    return true;
  }

  rejected(sequence: number, error: CodedError): boolean {
    const before = this.load.figures.rejected;
    if (!this.load.reject(sequence)) return false;
    if (this.load.figures.rejected === before) return true;
    this.rejection = error;
    if (this.#waitsForOther) this.#parts.breaker.open(error);
    else this.#tell(error);
    this.#parts.interrupts.notify();
    this.#countAnswer();
    return true;
  }

  returned(sequence: number, error: CodedError): void {
    this.load.putBack(sequence);
    this.#parts.breaker.open(error);
    this.#interrupt();
  }

  welcomed(detector: DetectorState | undefined): void {
    this.onWelcome?.(detector);
  }

  detected(result: SenderResult): void {
    this.onResult?.(result);
  }

  changed(): void {
    this.#parts.connections.releaseUnacknowledged();
    this.#interrupt();
  }

  #interrupt(): void {
    this.#parts.interrupts.notify();
    this.#parts.changes.notify();
  }

  /** At the 1st, 2nd, 4th, 8th ... time. */
  #tell(error: CodedError): void {
    const count = this.load.figures.rejected;
    if (!isPowerOfTwo(count)) return;
    this.#parts.log.warn('rejected', `${formatError(error)}${count === 1 ? '' : `; ${count} so far`}`);
  }

  #countAnswer(): void {
    this.#parts.connections.watch.answer();
    this.#parts.changes.notify();
  }
}
