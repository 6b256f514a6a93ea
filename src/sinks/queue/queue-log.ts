import { CodedError } from '../../errors.ts';
import { counted } from '../../system/counted.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { CameraQueue } from './camera-queue.ts';

/** Words for the work of a sink in messages. */
export interface QueueLabels {
  /** For messages and figures: save, record, ... */
  readonly name: string;
  /** Goes on in `... garden again after 3 failed tries`. */
  readonly activity: string;
  /** Goes on in `12 pictures were not ...`. */
  readonly participle: string;
}

const meanwhile = {
  dropped: 'dropping frames',
  waiting: 'the sender waits',
  // After two seconds, or ten where the try hangs.
  rejected: 'posted pictures are answered with 503 if they fail for 2 s,',
} as const;

/** The fate of frames while the work fails. */
export type Fate = keyof typeof meanwhile;

/** Says when a sink's work falls behind or fails, and when it is well again: once each, and no line a frame. */
export class QueueLog {
  readonly #names: QueueLabels;
  readonly #log: LimitedLog;
  /** Frames dropped since the work was behind. */
  #behind = 0;

  constructor(names: QueueLabels, log: Log) {
    this.#names = names;
    this.#log = new LimitedLog(log);
  }

  /** @param limit how many may wait */
  drop(limit: string): void {
    if (this.#behind++ > 0) return;
    const { name } = this.#names;
    this.#log.warn(
      'behind',
      `--${name} is slower than the pictures come: more than ${limit} wait. The oldest are dropped until it keeps up`,
    );
  }

  /** Nothing waits any more. */
  catchUp(): void {
    if (this.#behind === 0) return;
    this.#log.info(
      'behind',
      `--${this.#names.name} keeps up again: ${counted(this.#behind, 'picture was', 'pictures were')} dropped`,
    );
    this.#behind = 0;
  }

  fail(error: unknown, queue: CameraQueue, fate: Fate): void {
    if (queue.failed++ > 0) return;
    const { message, code } = error instanceof CodedError ? error : new CodedError('FAULT', String(error));
    this.#log.warn('failed', `${message}; ${meanwhile[fate]} until it works again [${code}]`);
  }

  succeed(queue: CameraQueue): void {
    if (queue.failed === 0) return;
    const { camera, failed } = queue;
    const tries = counted(failed, 'failed try', 'failed tries');
    this.#log.info('failed', `${this.#names.activity} ${camera.key} again after ${tries}`);
    queue.failed = 0;
  }

  end(done: number, dropped: number): void {
    if (dropped === 0) return;
    const what = counted(dropped, 'picture was', 'pictures were');
    this.#log.warn('end', `${what} not ${this.#names.participle}, ${counted(done, 'was', 'were')}`);
  }
}
