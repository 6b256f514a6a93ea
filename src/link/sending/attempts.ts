import { CodedError, type ErrorCode, formatError } from '../../protocol/errors.ts';
import { pause } from '../../system/abort.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { retryDelayMs } from './retry-delay.ts';

/** Counts what fails in a row, says so, and waits before the next try. */
export class Attempts {
  readonly #retries: number;
  readonly #log: LimitedLog;
  readonly #conclude: typeof concludeFailure;
  #failures = 0;
  /** Connections in a row that broke soon after they were made. */
  #briefs = 0;

  /**
   * @param retries failures in a row that end it; 0: never
   * @param conclude what to make of the last of many failures, and what to do about it
   */
  constructor(retries: number, log: LimitedLog, conclude = concludeFailure) {
    this.#retries = retries;
    this.#log = log;
    this.#conclude = conclude;
  }

  /** A connection is made. */
  succeed(address: string): void {
    if (isPowerOfTwo(this.#briefs)) this.#log.info('connected', `connected to ${address}`);
  }

  /** A connection broke that had done its work. */
  async waitAfterBreak(error: CodedError, pauseMs: number, signal: AbortSignal): Promise<void> {
    this.#failures = 0;
    this.#briefs = 0;
    this.#log.warn('broken', `${formatError(error)}; connecting again`);
    await pause(pauseMs, signal);
  }

  /** A connection broke soon: another program, or a receiver that takes no more senders. As good as none. @throws as waitAfterFailure */
  async waitAfterBrief(error: CodedError, signal: AbortSignal): Promise<void> {
    this.#briefs++;
    await this.waitAfterFailure(new CodedError(error.code, `${error.message}, soon after it was made`), signal);
  }

  /** There is no connection. @throws CodedError CONNECT_FAILED, REFUSED or UNTRUSTED when it was the last try */
  async waitAfterFailure(error: CodedError, signal: AbortSignal): Promise<void> {
    const retries = this.#retries;
    const failures = ++this.#failures;
    if (retries > 0 && failures >= retries) {
      const tries = failures === 1 ? '1 try' : `${failures} tries in a row`;
      const { code, advice } = this.#conclude(error);
      throw new CodedError(code, `${error.message}; gave up after ${tries}${advice}`);
    }
    const delayMs = retryDelayMs(failures, Math.random());
    // Tries without end say so at 1, 2, 4, 8, ... so that a night without network does not fill the log.
    if (retries > 0 || isPowerOfTwo(failures)) {
      const tries = retries > 0 ? ` (try ${failures} of ${retries})` : ` (try ${failures})`;
      this.#log.warn('broken', `${error.message}${tries}; next try in ${(delayMs / 1000).toFixed(1)} s`);
    }
    await pause(delayMs, signal);
  }
}

/** For a receiver. */
function concludeFailure({ code }: CodedError): { code: ErrorCode; advice: string } {
  switch (code) {
    case 'REFUSED':
    case 'UNTRUSTED':
      // The reason says it.
      return { code, advice: '' };
    case 'SEND_FAILED':
      // Something is there.
      return {
        code: 'CONNECT_FAILED',
        advice: '. Is it image-receiver, and without --tls? With it, --tls-pin is needed here',
      };
    default:
      return {
        code: 'CONNECT_FAILED',
        advice: '. Is image-receiver running there, with --host 0.0.0.0 and this --port? --retries 0 never gives up',
      };
  }
}

/** Also 0. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
