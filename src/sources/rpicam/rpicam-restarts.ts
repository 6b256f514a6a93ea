import { CodedError } from '../../errors.ts';
import { counted } from '../../system/counted.ts';
import type { Log } from '../../system/log.ts';
import { isPowerOfTwo } from '../../system/power-of-two.ts';
import { csiCameraAdvice } from './rpicam-program.ts';

/** How a run of the program ended. */
export interface RunEnd {
  /** As the program is called. */
  readonly program: string;
  readonly pictures: number;
  /** Milliseconds from its first picture to its last. */
  readonly deliveredMs: number;
  /** The event, in words that follow the program's name. */
  readonly what: string;
  /** The last that it said itself; may be empty. */
  readonly lastWords: string;
  /** Whether it would go the same way again. */
  readonly isHopeless: boolean;
}

const defaultFirstPauseMs = 1000;
const maxPauseMs = 30_000;
const maxStartsWithoutPicture = 4;
/** A program that delivered for that long is started again at once. */
const steadyMs = 10_000;
/** The end of a program that delivered for that long is logged as if it were the first. */
const soundMs = 10 * 60_000;

const advices: readonly [words: RegExp, advice: string][] = [
  [/no cameras available/i, `${csiCameraAdvice}; \`rpicam-hello --list-cameras\` then lists the camera`],
  [
    /failed to acquire|in use by another|busy/i,
    '`sudo fuser -v /dev/media* /dev/video*` names a program that uses the camera',
  ],
  [/permission denied/i, 'may this user open it? `sudo usermod -aG video $USER`, then log in again'],
];

/**
 * Decides whether and when a program that ended is started again, and says so: at the 1st, 2nd,
 * 4th, 8th ... time.
 */
export class RpicamRestarts {
  readonly #log: Log;
  readonly #firstPauseMs: number;
  /** Runs in a row that did not deliver for long enough. */
  #brief = 0;
  /** Ends since it was last sound. */
  #ends = 0;
  #hasDelivered = false;
  #isTold = false;

  /**
   * @param firstPauseMs before the second start; twice as long before each that follows, up to half
   * a minute
   */
  constructor(log: Log, firstPauseMs = defaultFirstPauseMs) {
    this.#log = log;
    this.#firstPauseMs = firstPauseMs;
  }

  /** Whether there ever was a picture. */
  get hasDelivered(): boolean {
    return this.#hasDelivered;
  }

  /** A picture has come. */
  noteDelivery(program: string): void {
    this.#hasDelivered = true;
    if (this.#isTold) this.#log.info(`${program} delivers pictures again`);
    this.#isTold = false;
  }

  /**
   * Milliseconds to wait before the next start.
   * @throws CodedError SOURCE_FAILED when there never was a picture and is unlikely to be one
   */
  judge(end: RunEnd): number {
    this.#brief = end.deliveredMs >= steadyMs ? 1 : this.#brief + 1;
    this.#ends = end.deliveredMs >= soundMs ? 1 : this.#ends + 1;
    if (!this.#hasDelivered && (end.isHopeless || this.#brief >= maxStartsWithoutPicture)) throw this.#giveUp(end);
    const pauseMs = Math.min(maxPauseMs, this.#firstPauseMs * 2 ** (this.#brief - 1));
    // A night without a camera is not to fill the log.
    if (isPowerOfTwo(this.#ends)) {
      const count = this.#ends === 1 ? '' : ` (number ${this.#ends})`;
      this.#log.warn(`${describe(end)}; it is started again in ${pauseMs / 1000} s${count}`);
      this.#isTold = true;
    }
    return pauseMs;
  }

  #giveUp(end: RunEnd): CodedError {
    const starts = this.#brief === 1 ? '' : `it was started ${this.#brief} times without one; at last `;
    const advice = advices.find(([words]) => words.test(end.lastWords))?.[1];
    const hint = advice === undefined ? '' : `. Advice: ${advice}`;
    return new CodedError('SOURCE_FAILED', `Cannot get a picture: ${starts}${describe(end)}${hint}`);
  }
}

function describe({ program, pictures, what, lastWords }: RunEnd): string {
  const after = pictures === 0 ? '' : ` after ${counted(pictures, 'picture', 'pictures')}`;
  const said = lastWords === '' ? '' : `; it said: ${lastWords}`;
  return `${program} ${what}${after}${said}`;
}
