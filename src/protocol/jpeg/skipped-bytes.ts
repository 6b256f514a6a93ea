import { noJpeg, type Problem } from './jpeg-problems.ts';

/** A stretch that belongs to no picture that may pass, and what is wrong with it. */
export interface SkippedBytes extends Problem {
  readonly type: 'skipped';
  readonly bytes: number;
}

/** A stretch without an end is told of in parts. */
export const maxSkippedBytes = 2 ** 20;

/** Counts the bytes that belong to no picture, from one picture to the next. */
export class SkipTracker {
  readonly #tell: (skipped: SkippedBytes) => void;
  #bytes = 0;
  /** What was wrong first. */
  #problem = noJpeg;
  /** Why what comes before the next SOI is skipped. */
  betweens = noJpeg;

  constructor(tell: (skipped: SkippedBytes) => void) {
    this.#tell = tell;
  }

  /** Skips what stands between two JPEGs. */
  skipBetween(bytes: number): void {
    // Told of at the same bytes, whatever pieces they come in.
    for (let left = bytes; left > 0; ) {
      const taken = Math.min(left, maxSkippedBytes - this.#bytes);
      this.skip(taken, this.betweens);
      left -= taken;
    }
  }

  skip(bytes: number, problem: Problem): void {
    // What is known better than "no JPEG" says more, also behind a boundary of multipart.
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
