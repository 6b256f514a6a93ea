import type { LimitedLog } from '../../system/limited-log.ts';
import type { Semaphore } from '../../system/semaphore.ts';
import { formatDuration } from '../../system/time-units.ts';
import type { Evictor } from './evictor.ts';
import type { FileRemover } from './file-remover.ts';
import type { Inventory } from './inventory.ts';

/** The log tells of a clean-up that takes longer. */
const longMs = 10_000;

export interface CleanUpParts {
  readonly root: string;
  readonly inventory: Inventory;
  readonly evictor: Evictor;
  readonly remover: FileRemover;
  /** Those that make room for a file take turns with the clean-up. */
  readonly semaphore: Semaphore;
  readonly log: LimitedLog;
  /** A clock that nobody sets: milliseconds. */
  readonly readSteadyMs: () => number;
}

/**
 * Deletes files until all are within the limits. It takes a turn for each file, so that a frame
 * does not wait for all of them.
 */
export class CleanUp {
  readonly #parts: CleanUpParts;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;

  constructor(parts: CleanUpParts) {
    this.#parts = parts;
  }

  /** Resolves when all is within the limits, or nothing can be deleted. */
  run(): Promise<void> {
    this.#isWanted = true;
    this.#running ??= this.#runAll();
    return this.#running;
  }

  /** Deletes no other file. */
  stop(): void {
    this.#isStopped = true;
  }

  async #runAll(): Promise<void> {
    const { remover, readSteadyMs } = this.#parts;
    const [startedAtMs, deletedBefore] = [readSteadyMs(), remover.stats.deletedFiles];
    let isTold = false;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        while (await this.#step()) {
          const tookMs = readSteadyMs() - startedAtMs;
          if (isTold || tookMs < longMs) continue;
          isTold = true;
          this.#tellLong(tookMs, remover.stats.deletedFiles - deletedBefore);
        }
      }
      if (isTold) this.#tellEnd(readSteadyMs() - startedAtMs, remover.stats.deletedFiles - deletedBefore);
    } finally {
      this.#running = undefined;
    }
  }

  /** False where nothing is left to do. */
  async #step(): Promise<boolean> {
    const { inventory, evictor, semaphore } = this.#parts;
    await inventory.waitForMore();
    return await semaphore.run(async () => !this.#isStopped && (await evictor.deleteOne()), 'clean-up');
  }

  #tellLong(tookMs: number, deleted: number): void {
    const { root, inventory, log } = this.#parts;
    const soFar = `${deleted} are deleted after ${formatDuration(tookMs)}, ${inventory.files} are there`;
    log.info('long', `Deleting the oldest files in ${root} takes long: ${soFar}; new files are written meanwhile`);
  }

  #tellEnd(tookMs: number, deleted: number): void {
    const { root, log } = this.#parts;
    const how = this.#isStopped ? 'as this program ends' : `after ${formatDuration(tookMs)}`;
    log.info('end', `Stopped deleting the oldest files in ${root} ${how}: ${deleted} are deleted`);
  }
}
