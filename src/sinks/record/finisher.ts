import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Camera } from '../../cameras/camera.ts';
import { Gate } from '../../system/gate.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import type { Retention } from '../disk/retention.ts';
import { countWritten, type Take } from './take.ts';

/** A file that is complete. */
export interface SegmentInfo {
  readonly camera: Camera;
  readonly path: string;
  /** Capture of its first picture: milliseconds since 1970, UTC. */
  readonly startedAtMs: number;
  /** From its first picture to its last one. */
  readonly durationMs: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Files that wait to be completed: where the disk is so slow no picture is taken until one is. */
const mostWaiting = 16;

/** Completes files one after another, while others are being written: a disk may take seconds for each. */
export class Finisher {
  readonly #directory: string;
  readonly #retention: Retention;
  readonly #log: LimitedLog;
  readonly #onSegment: (info: SegmentInfo) => void;
  readonly #gate = new Gate(1);
  readonly #waiting = new Set<Promise<void>>();

  constructor(directory: string, retention: Retention, log: LimitedLog, onSegment: (info: SegmentInfo) => void) {
    this.#directory = directory;
    this.#retention = retention;
    this.#log = log;
    this.#onSegment = onSegment;
  }

  add(take: Take): void {
    const finishing: Promise<void> = this.#gate
      .pass(() => this.#finish(take))
      .finally(() => this.#waiting.delete(finishing));
    this.#waiting.add(finishing);
  }

  /** Resolves when there is place for another one. */
  async ready(): Promise<void> {
    while (this.#waiting.size >= mostWaiting) await Promise.race(this.#waiting);
  }

  /** Resolves when all are complete that were added by now. */
  async settled(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  async #finish(take: Take): Promise<void> {
    const { segment, path, camera, startUs, lastUs, frames } = take;
    const whole = join(this.#directory, path);
    await segment.finish().catch((error: Error) => this.#log.warn('finish', error.message));
    countWritten(take);
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
