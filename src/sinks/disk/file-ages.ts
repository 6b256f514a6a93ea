import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ClockHistory, type ClockHistoryReaders } from '../../system/clock-history.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { formatDuration } from '../../system/time-units.ts';
import type { KeptFile } from './files.ts';

/**
 * A clock that is wrong, as it was set wrong or has no battery, is mostly corrected within that
 * time: NTP does it sooner.
 */
const longestWaitMs = 3_600_000;
/** The time of a file may be by the clock of another machine. */
const maxAheadMs = 60_000;

/**
 * The ages of files, by a clock that may be wrong. The clock is trusted when it has not been set
 * for a while. A file that was written while this program ran keeps its age when the clock is set.
 * A file from the future is as old as this run.
 */
export class FileAges {
  readonly #root: string;
  readonly #maxAgeMs: number | undefined;
  readonly #log: LimitedLog;
  readonly #clock: ClockHistory;

  /** @param maxAgeMs undefined: no file is too old */
  constructor(root: string, maxAgeMs: number | undefined, log: LimitedLog, readers?: ClockHistoryReaders) {
    this.#root = root;
    this.#maxAgeMs = maxAgeMs;
    this.#log = log;
    this.#clock = new ClockHistory(readers);
  }

  /** Files written before that time are too old: milliseconds since 1970, as of the last look. */
  get minMs(): number {
    if (this.#maxAgeMs === undefined || !this.#isTrusted) return Number.NEGATIVE_INFINITY;
    return this.#clock.nowMs - this.#maxAgeMs;
  }

  /** Whether the times of files have to be read again: the clock was set, or is trusted now. */
  look(): boolean {
    const stepMs = this.#clock.look();
    if (stepMs !== 0) this.#tell(stepMs);
    return stepMs !== 0 || (this.#isTrusted && this.#clock.hasSpans);
  }

  /** The times of all files were read again. */
  settle(): void {
    if (this.#isTrusted) this.#clock.forget();
  }

  /**
   * The file with the right time of writing. Once the clock is trusted, the file gets that time on
   * the disk too: another run does not know what this run knows.
   */
  async date(file: KeptFile): Promise<KeptFile> {
    const { nowMs, startedAtMs } = this.#clock;
    const correctedMs = this.#clock.correct(file.writtenAtMs);
    if (correctedMs !== undefined) {
      if (this.#isTrusted) await this.#write(file.path, correctedMs);
      return { ...file, writtenAtMs: correctedMs };
    }
    return file.writtenAtMs > nowMs + maxAheadMs ? { ...file, writtenAtMs: startedAtMs } : file;
  }

  get #waitMs(): number {
    return Math.min(longestWaitMs, this.#maxAgeMs ?? longestWaitMs);
  }

  get #isTrusted(): boolean {
    return this.#clock.steadyMs >= this.#waitMs;
  }

  async #write(path: string, ms: number): Promise<void> {
    // Where this fails, the time is right as long as this run lasts.
    await utimes(join(this.#root, path), new Date(ms), new Date(ms)).catch(() => undefined);
  }

  #tell(stepMs: number): void {
    if (this.#maxAgeMs === undefined) return;
    const how = `${stepMs > 0 ? 'ahead' : 'back'} by ${formatDuration(Math.abs(stepMs))}`;
    const then = `files in ${this.#root} are deleted by age again when it has not been set for ${formatDuration(this.#waitMs)}`;
    this.#log.warn('clock', `The clock was set ${how}: ${then}`);
  }
}
