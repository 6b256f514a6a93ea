import { CodedError, type ErrorCode, formatError } from '../protocol/errors.ts';
import { pause } from '../system/abort.ts';
import type { LimitedLog } from '../system/limited-log.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';
import { adviseConnect } from '../transport/connect/connect-advice.ts';
import { MismatchError } from '../transport/connect/mismatch.ts';
import { retryDelayMs } from './retry-delay.ts';

/** What to make of a failure. */
interface Conclusion {
  /** With which the last of many ends the program. */
  readonly code: ErrorCode;
  /** What to do about it: a sentence, or nothing where the message says it. */
  readonly advice: string;
}

/** Counts what fails in a row, says so, and waits before the next try. */
export class RetryPolicy {
  readonly #retries: number;
  readonly #log: LimitedLog;
  readonly #conclude: (error: CodedError) => Conclusion;
  #failures = 0;
  /** Connections in a row that broke soon after they were made. */
  #briefs = 0;
  /** What the other end was found to be, while nothing else was seen of it. */
  #mismatch: MismatchError | undefined;

  /**
   * @param retries failures in a row that end it; 0: never
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
    this.#mismatch = undefined;
    this.#log.warn('broken', `${formatError(error)}; connecting again`);
    await pause(pauseMs, signal);
  }

  /** A connection broke soon: another program, or a receiver that takes no more senders. As good as none. @throws as waitAfterFailure */
  async waitAfterBrief(error: CodedError, signal: AbortSignal): Promise<void> {
    this.#briefs++;
    const isBreak = error.code === 'SEND_FAILED';
    const brief = isBreak ? new CodedError(error.code, `${error.message}, soon after it was made`) : error;
    await this.waitAfterFailure(brief, signal);
  }

  /** There is no connection. @throws CodedError CONNECT_FAILED, REFUSED or UNTRUSTED when it was the last try */
  async waitAfterFailure(found: CodedError, signal: AbortSignal): Promise<void> {
    const error = this.#explain(found);
    const retries = this.#retries;
    const failures = ++this.#failures;
    const { code, advice } = this.#conclude(error);
    if (retries > 0 && failures >= retries) {
      const tries = failures === 1 ? '1 try' : `${failures} tries in a row`;
      const sentences = advice === '' ? [] : [advice, '--retries 0 never gives up'];
      throw new CodedError(code, joinSentences([`${error.message}; gave up after ${tries}`, ...sentences]));
    }
    const delayMs = retryDelayMs(failures, Math.random());
    // Tries without end say so at 1, 2, 4, 8, ... so that a night without network does not fill the log.
    if (retries > 0 || isPowerOfTwo(failures)) {
      const tries = retries > 0 ? ` (try ${failures} of ${retries})` : ` (try ${failures})`;
      // The first of a row says what to do; those behind it only that it goes on.
      const what = failures === 1 && advice !== '' ? joinSentences([error.message, advice]) : error.message;
      this.#log.warn('broken', `${what}${tries}; next try in ${(delayMs / 1000).toFixed(1)} s`);
    }
    await pause(delayMs, signal);
  }

  /** A server of another protocol may close before its answer is read: what it is was seen at an earlier try. */
  #explain(error: CodedError): CodedError {
    if (error instanceof MismatchError) this.#mismatch = error;
    else if (error.code !== 'SEND_FAILED') this.#mismatch = undefined;
    return this.#mismatch ?? error;
  }
}

/** For a receiver. */
function concludeFailure(error: CodedError): Conclusion {
  const { code } = error;
  // The message says it.
  if (error instanceof MismatchError || code === 'REFUSED' || code === 'UNTRUSTED') return { code, advice: '' };
  if (code === 'SEND_FAILED') {
    return {
      code: 'CONNECT_FAILED',
      advice: 'Is it image-receiver? image-sender doctor with the same --host and --port looks what answers there',
    };
  }
  return { code: 'CONNECT_FAILED', advice: adviseConnect((error.cause as NodeJS.ErrnoException | undefined)?.code) };
}

function joinSentences(sentences: readonly string[]): string {
  return sentences.reduce((text, next) => `${text}${text.endsWith('?') ? '' : '.'} ${next}`);
}
