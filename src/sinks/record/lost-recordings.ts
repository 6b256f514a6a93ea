import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '../../system/counted.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import type { Retention } from '../disk/retention.ts';
import type { ActiveRecording } from './active-recording.ts';
import type { ActiveRecordings } from './active-recordings.ts';

/** Notices files that are deleted while they are written: what is written to them goes nowhere. */
export class LostRecordings {
  readonly #directory: string;
  readonly #recordings: ActiveRecordings;
  readonly #retention: Retention;
  readonly #log: LimitedLog;
  #isLooking = false;

  constructor(directory: string, recordings: ActiveRecordings, retention: Retention, log: LimitedLog) {
    this.#directory = directory;
    this.#recordings = recordings;
    this.#retention = retention;
    this.#log = log;
  }

  /** One file after another: on a disk that hangs they would take all threads. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const recording of this.#recordings.all) await this.#lookFor(recording);
    this.#isLooking = false;
  }

  async #lookFor(recording: ActiveRecording): Promise<void> {
    const path = join(this.#directory, recording.path);
    const error = await access(path).catch((reason: NodeJS.ErrnoException) => reason);
    if (error?.code !== 'ENOENT' || !this.#recordings.lose(recording)) return;
    this.#retention.forget(recording.path);
    await recording.segment.finish().catch(() => undefined);
    const frames = counted(recording.frames, 'frame', 'frames');
    this.#log.warn('lost', `${path} was deleted while it was written, ${frames} with it: another begins`);
  }
}
