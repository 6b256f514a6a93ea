import { type Answer, maxAnswerBytes, readAnswer } from '../../protocol/results/answer.ts';
import { replaceUnprintable } from '../../protocol/unprintable.ts';
import type { ByteInput } from '../../system/byte-input.ts';
import type { Child } from '../../system/child.ts';
import type { ChildCommand } from '../../system/child-command.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { Supervisor } from '../../system/supervisor.ts';
import { formatRecord } from '../framed.ts';
import { AnswerLines } from './answer-lines.ts';
import { type PendingFrame, PendingFrames } from './pending-frames.ts';
import type { CameraFrame } from './waiting-frames.ts';

export interface DetectorOptions {
  readonly command: ChildCommand;
  /** The longest time from a picture to its answer: milliseconds. */
  readonly timeoutMs: number;
  /** Pictures that it has at the same time. */
  readonly ahead: number;
  /** Says which of several it is; empty: there is one. */
  readonly label: string;
}

/** Called by a detector. */
export interface DetectorListener {
  /** @param detectUs from handing over the picture to the answer, in microseconds */
  answered(pending: PendingFrame, answer: Answer, detectUs: number): void;
  /** It ended before it answered. */
  lost(pending: PendingFrame): void;
  /** It has room for a picture now. */
  ready(): void;
}

/** A program loads its model before its first answer. */
const minFirstMs = 60_000;
/** Between two looks at the time. */
const maxTickMs = 500;
/** So many lines that are no answers are read, and then none for so long. */
const [maxUseless, uselessPauseMs] = [1000, 100];
const shownLength = 120;
const howTo = 'it must print one line of JSON for each picture, as print(json.dumps(result), flush=True) does';

/** One program that detects: it gets pictures one after another, and is started again when it ends or hangs. */
export class Detector {
  readonly #options: DetectorOptions;
  readonly #listener: DetectorListener;
  readonly #log: LimitedLog;
  readonly #pending = new PendingFrames();
  readonly #supervisor: Supervisor;
  #lines = new AnswerLines();
  #child: Child | undefined;
  #ticks: NodeJS.Timeout | undefined;
  #hasAnswered = false;
  /** How long it has had pictures, and answered none: milliseconds. */
  #silentMs = 0;
  #useless = 0;
  /** Lines that were answers to no picture that it had. */
  mismatches = 0;
  /** Lines that were no answers. */
  unreadable = 0;
  restarts = 0;

  /** @param log takes its failures, a line a second of each kind */
  constructor(options: DetectorOptions, listener: DetectorListener, log: LimitedLog) {
    this.#options = options;
    this.#listener = listener;
    this.#log = log;
    this.#supervisor = new Supervisor(options.command, {
      started: (child) => this.#begin(child),
      ended: () => this.#finish(),
      failed: (reason) => {
        this.restarts++;
        this.#warn('end', reason);
      },
    });
  }

  /** Whether it can be given a picture. */
  get hasRoom(): boolean {
    return this.#child !== undefined && !this.#supervisor.isEnding && this.load < this.#options.ahead;
  }

  /** Pictures that it has and has not answered. */
  get load(): number {
    return this.#pending.length;
  }

  /** Only where it has room. */
  give({ camera, frame }: CameraFrame): void {
    if (this.#pending.length === 0) this.#silentMs = 0;
    this.#pending.add({ camera, frame, givenMs: performance.now() });
    this.#child?.write(new TextEncoder().encode(formatRecord(frame, camera)), frame.jpeg);
  }

  /** Runs the program, and runs it again, until `stop` aborts. */
  run(stop: AbortSignal): Promise<void> {
    return this.#supervisor.run(stop);
  }

  #begin(child: Child): void {
    this.#lines = new AnswerLines();
    this.#hasAnswered = false;
    this.#child = child;
    const tickMs = Math.min(maxTickMs, this.#options.timeoutMs / 4);
    this.#ticks = setInterval(() => this.#tick(tickMs), tickMs).unref();
    const { input } = child;
    const chunk = (bytes: Uint8Array) => {
      this.#lines.add(bytes);
      return this.#read(input);
    };
    input.open({ chunk, ended: () => undefined });
    this.#listener.ready();
  }

  #finish(): void {
    clearInterval(this.#ticks);
    this.#child = undefined;
    for (const pending of this.#pending.clear()) this.#listener.lost(pending);
  }

  /** Whether all of the chunk is read; else the rest is, later. */
  #read(input: ByteInput): boolean {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      if (this.#supervisor.isEnding) return true;
      if (typeof line !== 'string') this.#reject(`a line that is longer than ${maxAnswerBytes} bytes`);
      else if (line.trim() !== '') this.#take(line);
      if (this.#useless < maxUseless) continue;
      this.#useless = 0;
      setTimeout(() => this.#read(input) && input.resume(), uselessPauseMs).unref();
      return false;
    }
    return true;
  }

  #take(line: string): void {
    const answer = readAnswer(line);
    if (answer === undefined) {
      this.#reject(`a line that is no answer: ${cutLine(line)}`);
      return;
    }
    const pending = this.#pending.take(answer.place);
    if (pending === undefined) this.#mismatch(answer);
    else this.#answer(pending, answer);
  }

  #answer(pending: PendingFrame, answer: Answer): void {
    this.#hasAnswered = true;
    this.#silentMs = 0;
    this.#supervisor.worked();
    this.#listener.answered(pending, answer, (performance.now() - pending.givenMs) * 1000);
    this.#listener.ready();
  }

  #reject(what: string): void {
    this.unreadable++;
    this.#useless++;
    this.#warn('unreadable', `printed ${what}; ${howTo}`);
  }

  #mismatch({ place }: Answer): void {
    this.mismatches++;
    this.#useless++;
    if (place !== undefined) {
      this.#warn('mismatch', `answered for frame ${place.sequence}, which it was not given or has answered before`);
      return;
    }
    // Nobody knows which frame its next line without a number is about.
    this.#supervisor.end(
      `printed more than one line for a picture, and was ended: ${howTo}, or each line must have stream and sequence of its picture`,
    );
  }

  /** Ticks are counted, as the time for which the machine slept is no fault of the program. */
  #tick(tickMs: number): void {
    if (this.#pending.length === 0) return;
    const { timeoutMs } = this.#options;
    const limitMs = this.#hasAnswered ? timeoutMs : Math.max(timeoutMs, minFirstMs);
    this.#silentMs += tickMs;
    if (this.#silentMs < limitMs) return;
    this.#supervisor.end(`did not answer for a picture within ${limitMs / 1000} s (--detect-timeout), and was ended`);
  }

  #warn(kind: string, what: string): void {
    this.#log.warn(kind, `The detector${this.#options.label} ${what} [DETECTOR_FAILED]`);
  }
}

function cutLine(line: string): string {
  const text = replaceUnprintable(line.slice(0, shownLength));
  return line.length > shownLength ? `${text}...` : text;
}
