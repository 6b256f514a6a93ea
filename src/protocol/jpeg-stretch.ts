import { noJpeg, type Obstacle } from './jpeg-obstacles.ts';

/** A stretch that belongs to no picture that may pass, and what is wrong with it. */
export interface SkippedStretch extends Obstacle {
  readonly type: 'skipped';
  readonly bytes: number;
}

/** A stretch without an end is told of in parts. */
export const mostStretchBytes = 2 ** 20;

/** Counts the bytes that belong to no picture, from one picture to the next. */
export class Stretch {
  readonly #tell: (stretch: SkippedStretch) => void;
  #bytes = 0;
  /** What was wrong first. */
  #obstacle = noJpeg;
  /** Why what comes before the next SOI is skipped. */
  betweens = noJpeg;

  constructor(tell: (stretch: SkippedStretch) => void) {
    this.#tell = tell;
  }

  /** Skips what stands between two JPEGs. */
  skipBetween(bytes: number): void {
    // Told of at the same bytes, whatever pieces they come in.
    for (let left = bytes; left > 0; ) {
      const taken = Math.min(left, mostStretchBytes - this.#bytes);
      this.skip(taken, this.betweens);
      left -= taken;
    }
  }

  skip(bytes: number, obstacle: Obstacle): void {
    // What is known better than "no JPEG" says more, also behind a boundary of multipart.
    if (this.#bytes === 0 || this.#obstacle === noJpeg) this.#obstacle = obstacle;
    this.#bytes += bytes;
    if (this.#bytes >= mostStretchBytes) this.end();
  }

  /** A picture follows, or nothing. */
  end(): void {
    if (this.#bytes === 0) return;
    this.#tell({ type: 'skipped', bytes: this.#bytes, ...this.#obstacle });
    this.#bytes = 0;
  }
}
