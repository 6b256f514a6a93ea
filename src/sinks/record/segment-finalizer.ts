import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LimitedLog } from '../../system/limited-log.ts';
import { Notify } from '../../system/notify.ts';
import { Semaphore } from '../../system/semaphore.ts';
import type { Retention } from '../disk/retention.ts';
import type { FinishedSegment } from '../recording-hub.ts';
import { type ActiveRecording, countWritten } from './active-recording.ts';

/**
 * Files of a camera that may wait to be completed. At this limit the disk is slow, and no more
 * pictures of the camera are accepted until one is complete.
 */
const maxOfCamera = 2;
/** Files of all cameras that may wait. At this limit no file of another camera begins. */
const maxOfAll = 64;
/** At the end so many files are completed at once, as there is no other work. */
const atOnceAtEnd = 6;

/**
 * Completes files one after another, while others are being written: a disk may take seconds for
 * each.
 */
export class SegmentFinalizer {
  readonly #directory: string;
  readonly #retention: Retention;
  readonly #log: LimitedLog;
  readonly #onSegment: (info: FinishedSegment) => void;
  readonly #semaphore = new Semaphore(1);
  readonly #waiting = new Set<Promise<void>>();
  /** How many files of a camera wait, by its key. */
  readonly #counts = new Map<string, number>();
  /** Notifies when a file is complete. */
  readonly #changes = new Notify();

  constructor(directory: string, retention: Retention, log: LimitedLog, onSegment: (info: FinishedSegment) => void) {
    this.#directory = directory;
    this.#retention = retention;
    this.#log = log;
    this.#onSegment = onSegment;
  }

  add(recording: ActiveRecording): void {
    const { key } = recording.camera;
    const finishing: Promise<void> = this.#semaphore
      .run(() => this.#finish(recording), key)
      .finally(() => {
        this.#waiting.delete(finishing);
        this.#count(key, -1);
        this.#changes.notify();
      });
    this.#waiting.add(finishing);
    this.#count(key, 1);
  }

  /**
   * Resolves when another file of that camera may begin; undefined: it may.
   * @param isFirst whether no file of the camera is being written
   */
  roomFor(key: string, isFirst: boolean): Promise<void> | undefined {
    return this.#hasRoom(key, isFirst) ? undefined : this.#waitForRoom(key, isFirst);
  }

  /** Resolves when all files that were added by now are complete. */
  async settled(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  /** No other file begins. Resolves when all files are complete. */
  async close(): Promise<void> {
    this.#semaphore.grow(atOnceAtEnd - 1);
    await this.settled();
  }

  #hasRoom(key: string, isFirst: boolean): boolean {
    if ((this.#counts.get(key) ?? 0) >= maxOfCamera) return false;
    return !isFirst || this.#waiting.size < maxOfAll;
  }

  async #waitForRoom(key: string, isFirst: boolean): Promise<void> {
    while (!this.#hasRoom(key, isFirst)) await this.#changes.wait();
  }

  #count(key: string, sign: 1 | -1): void {
    const count = (this.#counts.get(key) ?? 0) + sign;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  async #finish(recording: ActiveRecording): Promise<void> {
    const { segment, path, camera, startUs, lastUs, frames } = recording;
    const whole = join(this.#directory, path);
    await segment.finish().catch((error: Error) => this.#log.warn('finish', error.message));
    countWritten(recording);
    if (frames === 0) {
      await unlink(whole).catch(() => undefined);
      this.#retention.forget(path);
      return;
    }
    const { bytes } = segment;
    this.#retention.complete(path, bytes);
    const [startedAtMs, durationMs] = [startUs / 1000, (lastUs - startUs) / 1000];
    this.#onSegment({ camera, path: whole, startedAtMs, durationMs, frames, bytes });
  }
}
