import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ClockHistory, type ClockHistoryReaders } from '../../system/clock-history.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { formatDuration } from '../../system/time-units.ts';
import type { KeptFile } from './files.ts';

/** Who sets a clock wrong, or not at all as it has no battery, mostly notices within that time, as NTP does. */
const longestWaitMs = 3_600_000;
/** A file's time may be by the clock of another machine. */
const maxAheadMs = 60_000;

/**
 * How old files are, by a clock that may be wrong: it is believed when it has not been set for a while. What was written while this ran keeps its
 * age when the clock is set; what is from later than now is as old as this run.
 */
export class FileAges {
  readonly #root: string;
  readonly #maxAgeMs: number | undefined;
  readonly #log: LimitedLog;
  readonly #clock: ClockHistory;

  /** @param mostAgeMs undefined: none is too old */
  constructor(root: string, maxAgeMs: number | undefined, log: LimitedLog, readers?: ClockHistoryReaders) {
    this.#root = root;
    this.#maxAgeMs = maxAgeMs;
    this.#log = log;
    this.#clock = new ClockHistory(readers);
  }

  /** Files that were written to before then are too old: milliseconds since 1970. As of the last look. */
  get minMs(): number {
    if (this.#maxAgeMs === undefined || !this.#isBelieved) return Number.NEGATIVE_INFINITY;
    return this.#clock.nowMs - this.#maxAgeMs;
  }

  /** Whether the files' times are to be read again: the clock was set, or is believed now. */
  look(): boolean {
    const stepMs = this.#clock.look();
    if (stepMs !== 0) this.#tell(stepMs);
    return stepMs !== 0 || (this.#isBelieved && this.#clock.hasSpans);
  }

  /** All files were looked at once more. */
  settle(): void {
    if (this.#isBelieved) this.#clock.forget();
  }

  /** The file with the time that it was written at. It is given that on the disk, too, once the clock is believed: another run knows nothing of this one. */
  async date(file: KeptFile): Promise<KeptFile> {
    const { nowMs, startedAtMs } = this.#clock;
    const correctedMs = this.#clock.correct(file.writtenAtMs);
    if (correctedMs !== undefined) {
      if (this.#isBelieved) await this.#write(file.path, correctedMs);
      return { ...file, writtenAtMs: correctedMs };
    }
    return file.writtenAtMs > nowMs + maxAheadMs ? { ...file, writtenAtMs: startedAtMs } : file;
  }

  get #waitMs(): number {
    return Math.min(longestWaitMs, this.#maxAgeMs ?? longestWaitMs);
  }

  get #isBelieved(): boolean {
    return this.#clock.steadyMs >= this.#waitMs;
  }

  async #write(path: string, ms: number): Promise<void> {
    // Where that cannot be done it is right for as long as this runs.
    await utimes(join(this.#root, path), new Date(ms), new Date(ms)).catch(() => undefined);
  }

  #tell(stepMs: number): void {
    if (this.#maxAgeMs === undefined) return;
    const how = `${stepMs > 0 ? 'ahead' : 'back'} by ${formatDuration(Math.abs(stepMs))}`;
    const then = `files in ${this.#root} are deleted by age again when it has not been set for ${formatDuration(this.#waitMs)}`;
    this.#log.warn('clock', `The clock was set ${how}: ${then}`);
  }
}
