/** Frames that a camera sends again after a break are no further back than this. */
const maxBack = 1000;
/** This many rising sequences in a row, further back, show that the stream goes on from there. */
const enoughBelow = 5;
/** A gap that is larger is a number that somebody made up, rather than frames that are lost. */
const maxLost = 1_000_000;

/** Separates new frames of a stream from those that come again. Anyone may publish to a subject, with any sequence number. */
export class SequenceFilter {
  #newest = 0;
  /** Numbers far below the newest which came in a row, each above the one before. */
  #below = { count: 0, newest: 0 };

  /** Whether a frame was accepted. */
  get hasFrame(): boolean {
    return this.#newest > 0;
  }

  /** Frames that are lost before an accepted one; undefined: it is a duplicate. */
  accept(sequence: number): number | undefined {
    if (sequence <= this.#newest && !this.#isBelieved(sequence)) return undefined;
    const lost = sequence - this.#newest - 1;
    const isCounted = this.hasFrame && lost > 0 && lost <= maxLost;
    this.#newest = sequence;
    this.#below = { count: 0, newest: 0 };
    return isCounted ? lost : 0;
  }

  /** Numbers begin at 1 again. */
  restart(): void {
    this.#newest = 0;
  }

  /** The newest number may have been made up. */
  #isBelieved(sequence: number): boolean {
    if (sequence > this.#newest - maxBack) return false;
    const { count, newest } = this.#below;
    this.#below = { count: sequence > newest ? count + 1 : 1, newest: sequence };
    return this.#below.count >= enoughBelow;
  }
}
