import { SilenceTimer } from '../../system/silence-timer.ts';

/** How long frames wait for the answer of a receiver that may be a classic one. */
const patienceMs = 1000;
/** How long a greeting that waits in the kernel may take to get here. */
const lastChanceMs = 100;

export interface AnswerHandler {
  /** The answer to the first mark takes longer than it mostly does. */
  late(): void;
  /** Nothing came within the idle time-out after the first mark. */
  unanswered(): void;
  /** The receiver did not greet within the idle time-out, whatever else it said. */
  ungreeted(): void;
  /**
   * Nothing came within the idle time-out from a receiver that sends something all the time.
   */
  silent(): void;
}

/** Watches over what a receiver says: first for its answer to a mark, then for its silence. */
export class AnswerTimers {
  readonly #idleTimeoutMs: number;
  readonly #handler: AnswerHandler;
  #patience: NodeJS.Timeout | undefined;
  #silence: SilenceTimer | undefined;
  #greeting: NodeJS.Timeout | undefined;

  constructor(idleTimeoutMs: number, handler: AnswerHandler) {
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#handler = handler;
  }

  /** A mark goes out. The first one counts. */
  awaitAnswer(): void {
    if (this.#patience !== undefined) return;
    // The timer alone says so: it may fire a little before a clock would.
    this.#patience = setTimeout(() => this.#handler.late(), patienceMs);
    this.#silence = new SilenceTimer(this.#idleTimeoutMs, () => this.#handler.unanswered());
    this.#awaitGreeting();
  }

  /** The sender has introduced itself before the receiver has greeted. */
  introduced(): void {
    this.watchSilence();
    this.#awaitGreeting();
  }

  /** From now on the receiver says something all the time. */
  watchSilence(): void {
    this.stop();
    this.#silence = new SilenceTimer(this.#idleTimeoutMs, () => this.#handler.silent());
  }

  /** Something came: the time starts again. */
  heard(): void {
    this.#silence?.heard();
  }

  stop(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#greeting);
    this.#silence?.stop();
  }

  /** A greeting that came while this program slept is read before the second timer is due. */
  #awaitGreeting(): void {
    this.#greeting = setTimeout(() => {
      this.#greeting = setTimeout(() => this.#handler.ungreeted(), lastChanceMs);
    }, this.#idleTimeoutMs);
  }
}
