import { counted } from '../system/counted.ts';
import type { LimitedLog } from '../system/limited-log.ts';

/** It counts in steps, so that time in which this program did not run does not count. */
const stepMs = 1000;
/** A receiver whose disk is only busy answers sooner. */
const patienceMs = 5000;

export interface AcknowledgementWatchOptions {
  /** The address of the receiver, for messages. */
  readonly receiver: string;
  /** Frames that went out and are not acknowledged. */
  waiting(): number;
  /**
   * Whether anything came from the receiver in the last seconds; undefined if that is not
   * known.
   */
  isHeard(): boolean | undefined;
  /** Acknowledgements are overdue, or come again. */
  changed(isOverdue: boolean): void;
}

/**
 * Reports that a receiver does not acknowledge frames, whatever the cause is: a full or slow disk,
 * a slow program, a receiver that hangs. It reports this after five seconds, then each time when
 * twice as long has passed, and once when an answer has come.
 */
export class AcknowledgementWatch {
  readonly #options: AcknowledgementWatchOptions;
  readonly #log: LimitedLog;
  #timer: NodeJS.Timeout | undefined;
  /** The timer stays when nothing is waited for: it would have to be made anew for each frame. */
  #isResting = false;
  /** How long no answer has come while one was waited for. */
  #waitedMs = 0;
  #nextTellMs = patienceMs;

  constructor(options: AcknowledgementWatchOptions, log: LimitedLog) {
    this.#options = options;
    this.#log = log;
  }

  /** A frame went out. */
  begin(): void {
    if (this.#isResting) this.#timer?.refresh();
    this.#isResting = false;
    this.#timer ??= setInterval(() => this.#step(), stepMs).unref();
  }

  /** The receiver has acknowledged some frames. */
  answer(): void {
    const { receiver, waiting, changed } = this.#options;
    if (this.#isTold) {
      this.#log.info('answers', `${receiver} answers again after ${this.#waitedMs / 1000} s`);
      changed(false);
    }
    this.#waitedMs = 0;
    this.#nextTellMs = patienceMs;
    this.#isResting = waiting() === 0;
  }

  /** The connection is gone. The time waited so far still counts. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Why frames are not acknowledged, if that takes too long; else undefined. */
  get reason(): string | undefined {
    const { receiver, isHeard } = this.#options;
    if (this.#waitedMs < patienceMs) return undefined;
    return `${receiver} has acknowledged no frame for ${this.#waitedMs / 1000} s: ${explain(isHeard())}`;
  }

  get #isTold(): boolean {
    return this.#nextTellMs > patienceMs;
  }

  #step(): void {
    const waiting = this.#options.waiting();
    if (this.#isResting) this.stop();
    if (waiting === 0) return;
    this.#waitedMs += stepMs;
    if (this.#waitedMs < this.#nextTellMs) return;
    this.#nextTellMs *= 2;
    this.#log.warn('answers', `${this.reason}; ${counted(waiting, 'frame waits', 'frames wait')}`);
    this.#options.changed(true);
  }
}

function explain(isHeard: boolean | undefined): string {
  switch (isHeard) {
    case true:
      return 'it is alive: a full disk, a slow program or a slow network may delay it: see its log';
    case false:
      return 'it sends nothing at all: it may be stopped, or the network may be down';
    case undefined:
      return 'it may be stopped, short of disk, or the network be gone or slow: see its log';
  }
}
