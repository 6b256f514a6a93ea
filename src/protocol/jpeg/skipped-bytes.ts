import { noJpeg, type Problem } from './jpeg-problems.ts';

/** Bytes that were skipped, and their problem. */
export interface SkippedBytes extends Problem {
  readonly type: 'skipped';
  readonly bytes: number;
}

/** More bytes than this are reported in parts. */
export const maxSkippedBytes = 2 ** 20;

/** Counts the bytes that belong to no picture, from one picture to the next. */
export class SkipTracker {
  readonly #tell: (skipped: SkippedBytes) => void;
  #bytes = 0;
  /** The first problem. */
  #problem = noJpeg;
  /** The problem of the bytes before the next SOI. */
  betweenProblem = noJpeg;

  constructor(tell: (skipped: SkippedBytes) => void) {
    this.#tell = tell;
  }

  /** Skips bytes between two JPEGs. */
  skipBetween(bytes: number): void {
    // Reports end at the same bytes, whatever pieces they come in.
    for (let left = bytes; left > 0; ) {
      const taken = Math.min(left, maxSkippedBytes - this.#bytes);
      this.skip(taken, this.betweenProblem);
      left -= taken;
    }
  }

  skip(bytes: number, problem: Problem): void {
    // Any other problem says more than "no JPEG", also behind a boundary of multipart.
    if (this.#bytes === 0 || this.#problem === noJpeg) this.#problem = problem;
    this.#bytes += bytes;
    if (this.#bytes >= maxSkippedBytes) this.end();
  }

  /** A picture follows, or nothing. */
  end(): void {
    if (this.#bytes === 0) return;
    this.#tell({ type: 'skipped', bytes: this.#bytes, ...this.#problem });
    this.#bytes = 0;
  }
}
