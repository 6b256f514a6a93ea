import type { CodedError } from '../errors.ts';
import type { LimitedLog } from '../system/limited-log.ts';
import { RetryPolicy } from './retry-policy.ts';

/**
 * Counts the frames in a row that the other end does not accept, and makes the others wait meanwhile:
 * they would overtake what goes out again, and be returned as well.
 *
 * Closed, all may go out. It opens when a frame is returned, and then none may. After a while it is
 * half open: one frame goes out at a time, until the other end accepts it.
 */
export class CircuitBreaker {
  readonly #retries: number;
  readonly #log: LimitedLog;
  #retryPolicy: RetryPolicy;
  #error: CodedError | undefined;
  #isHalfOpen = false;
  /** Number of the frame that shows whether it may close. */
  #probe: number | undefined;

  /** @param retries frames in a row that are returned until it gives up; 0: never */
  constructor(retries: number, log: LimitedLog) {
    this.#retries = retries;
    this.#log = log;
    this.#retryPolicy = this.#count();
  }

  /** Whether no frame may go out before `rest` has ended. */
  get isOpen(): boolean {
    return this.#error !== undefined;
  }

  /** Whether no frame may go out while another is in flight. */
  get isHalfOpen(): boolean {
    return this.#isHalfOpen;
  }

  /** The other end did not accept a frame. */
  open(error: CodedError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#isHalfOpen = true;
    this.#probe = undefined;
  }

  /** A frame goes out. */
  countSent(sequence: number): void {
    this.#probe = sequence;
  }

  /** The other end took it. */
  countTaken(sequence: number): void {
    // Others may have been in flight already when it took one no more.
    if (!this.#isHalfOpen || sequence !== this.#probe) return;
    this.#isHalfOpen = false;
    this.#retryPolicy = this.#count();
  }

  /**
   * Resolves when the next frame may go out, and says why it has to wait.
   * @throws CodedError why the last of too many was not accepted
   */
  async rest(signal: AbortSignal): Promise<void> {
    if (this.#error === undefined) return;
    await this.#retryPolicy.waitAfterFailure(this.#error, signal);
    this.#error = undefined;
  }

  #count(): RetryPolicy {
    return new RetryPolicy({ retries: this.#retries, conclude: ({ code }) => ({ code, advice: '' }) }, this.#log);
  }
}
