import { RetryPolicy } from '../../delivery/retry-policy.ts';
import type { CodedError } from '../../protocol/errors.ts';
import type { NumberedFrame } from '../../protocol/frame.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import type { NatsOutbox } from './nats-outbox.ts';

/**
 * Counts the frames in a row that a server does not take, and holds the others back meanwhile: they would overtake what goes out again, and
 * be refused as well.
 */
export class PublishBackoff {
  readonly #retries: number;
  readonly #log: LimitedLog;
  #retryPolicy: RetryPolicy;
  #isResting = false;
  /** One goes out at a time, until the server takes it. */
  #isCautious = false;
  #probe: NumberedFrame | undefined;

  /** @param retries refusals in a row that end it; 0: never */
  constructor(retries: number, log: LimitedLog) {
    this.#retries = retries;
    this.#log = log;
    this.#retryPolicy = this.#count();
  }

  /** Whether one more frame may go out. */
  allows(outbox: NatsOutbox): boolean {
    if (this.#isResting) return false;
    return this.#isCautious ? outbox.inFlight === 0 : outbox.hasRoom;
  }

  /** A frame goes out. */
  begin(frame: NumberedFrame): void {
    this.#probe = frame;
  }

  /** The server took it. */
  pass(frame: NumberedFrame): void {
    // Others may have been under way already when it took one no more.
    if (!this.#isCautious || frame !== this.#probe) return;
    this.#isCautious = false;
    this.#retryPolicy = this.#count();
  }

  /** It did not take a frame. Says so, and resolves when the next may go out. @throws the error when it was the last try */
  async rest(error: CodedError, over: AbortSignal): Promise<void> {
    if (this.#isResting) return;
    this.#isResting = true;
    this.#isCautious = true;
    this.#probe = undefined;
    await this.#retryPolicy.waitAfterFailure(error, over);
    this.#isResting = false;
  }

  #count(): RetryPolicy {
    return new RetryPolicy(this.#retries, this.#log, ({ code }) => ({ code, advice: '' }));
  }
}
