import { CodedError, type ErrorCode, formatError } from '../errors.ts';
import { pause } from '../system/abort.ts';
import type { LimitedLog } from '../system/limited-log.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';
import { MismatchError } from './mismatch-error.ts';
import { retryDelayMs } from './retry-delay.ts';

/** How a program ends after a failure that was the last of too many. */
export interface Conclusion {
  readonly code: ErrorCode;
  /** Advice: a sentence, or nothing where the message says it. */
  readonly advice: string;
  /** Whether the same would happen again: only a program that never gives up tries again. */
  readonly isFinal?: boolean;
}

export interface RetryOptions {
  /** Failures in a row that end it; 0: never. */
  readonly retries: number;
  conclude(error: CodedError): Conclusion;
}

/** Counts failures in a row, logs them, and waits before the next try. */
export class RetryPolicy {
  readonly #options: RetryOptions;
  readonly #log: LimitedLog;
  #failures = 0;
  /** Connections in a row that broke soon after they were made. */
  #briefs = 0;
  /** The other end was found to be another program, and nothing else was seen of it since. */
  #mismatch: MismatchError | undefined;

  constructor(options: RetryOptions, log: LimitedLog) {
    this.#options = options;
    this.#log = log;
  }

  /**
   * A connection is made.
   * @param line for the log; undefined: none
   */
  succeed(line: string | undefined): void {
    if (line !== undefined && isPowerOfTwo(this.#briefs)) this.#log.info('connected', line);
  }

  /** A connection broke that had done its work. */
  async waitAfterBreak(error: CodedError, pauseMs: number, signal: AbortSignal): Promise<void> {
    this.#failures = 0;
    this.#briefs = 0;
    this.#mismatch = undefined;
    this.#log.warn('broken', `${formatError(error)}; connecting again`);
    await pause(pauseMs, signal);
  }

  /**
   * A connection broke soon: another program, or a receiver that takes no more senders. As good as
   * none.
   * @throws as waitAfterFailure
   */
  async waitAfterBrief(error: CodedError, signal: AbortSignal): Promise<void> {
    this.#briefs++;
    const isBreak = error.code === 'SEND_FAILED';
    const brief = isBreak ? new CodedError(error.code, `${error.message}, soon after it was made`) : error;
    await this.waitAfterFailure(brief, signal);
  }

  /**
   * There is no connection.
   * @param tookMs how long it took to find that out
   * @throws CodedError what `conclude` makes of it, when it was the last try
   */
  async waitAfterFailure(found: CodedError, signal: AbortSignal, tookMs = 0): Promise<void> {
    const error = this.#explain(found);
    const { retries } = this.#options;
    const failures = ++this.#failures;
    const { code, advice, isFinal = false } = this.#options.conclude(error);
    if (retries > 0 && isFinal) throw error;
    if (retries > 0 && failures >= retries) {
      const tries = failures === 1 ? '1 try' : `${failures} tries in a row`;
      const sentences = advice === '' ? [] : [advice, '--retries 0 never gives up'];
      throw new CodedError(code, joinSentences([`${error.message}; gave up after ${tries}`, ...sentences]));
    }
    const delayMs = retryDelayMs(failures, Math.random(), tookMs);
    // Tries without end say so at 1, 2, 4, 8, ... so that a night without network does not fill the
    // log.
    if (retries > 0 || isPowerOfTwo(failures)) {
      const tries = retries > 0 ? ` (try ${failures} of ${retries})` : ` (try ${failures})`;
      // The first line of a row says what to do; the others only that the sender goes on.
      const what = failures === 1 && advice !== '' ? joinSentences([error.message, advice]) : error.message;
      this.#log.warn('broken', `${what}${tries}; next try in ${(delayMs / 1000).toFixed(1)} s`);
    }
    await pause(delayMs, signal);
  }

  /**
   * A server of another protocol may close before its answer is read. An earlier try may have seen
   * which it is.
   */
  #explain(error: CodedError): CodedError {
    if (error instanceof MismatchError) this.#mismatch = error;
    else if (error.code !== 'SEND_FAILED') this.#mismatch = undefined;
    return this.#mismatch ?? error;
  }
}

export function joinSentences(sentences: readonly string[]): string {
  return sentences.reduce((text, next) => `${text}${text.endsWith('?') ? '' : '.'} ${next}`);
}
