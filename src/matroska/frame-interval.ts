/** A frame of that number and time. */
interface Point {
  readonly number: number;
  readonly atUs: number;
}

/** Of the only frame there is: microseconds. */
const onlyUs = 40_000;
/** Frames nearer to one another waited somewhere, and came at once: no rate that a player can use keeps them apart. */
const atOnceUs = 10_000;
/** ffmpeg 5.1 guesses a rate of its own where it is told 1000 frames a second or more, or fewer than one in 30,000 s. */
const limitsUs = { min: 1e6 / 999, max: 3_600_000_000 } as const;
/** Far more than the frames of cameras need. */
const maxCorners = 256;

/**
 * Measures the interval of a video's frames: what its head says. Programs that write so many frames a second (ffmpeg to MP4) repeat frames where
 * they come slower than that, and leave out frames where they come faster; so it is the average only where no frame would be left out, and else
 * the interval of the frames that come fastest.
 */
export class FrameInterval {
  #frames = 0;
  #lastUs = 0;
  /** Of the frames that come fastest: with no longer one any of them would be left out. */
  fastestUs = Number.POSITIVE_INFINITY;
  /** The last frame that came by itself; it may be one frame early to the next one. */
  #previous: Point | undefined;
  /** The upper convex hull of those before: from one of its corners on the frames came fastest. */
  #corners: Point[] = [];

  /** @param atUs after the first frame, not before the last one */
  add(atUs: number): void {
    this.#frames++;
    this.#lastUs = atUs;
    const previous = this.#previous;
    if (previous !== undefined && atUs - previous.atUs < atOnceUs) return;
    const frame = { number: previous === undefined ? 0 : previous.number + 1, atUs };
    for (const corner of this.#corners) this.fastestUs = Math.min(this.fastestUs, slope(corner, frame, 1));
    if (previous !== undefined) this.#addCorner(previous);
    this.#previous = frame;
  }

  /** Microseconds. */
  get us(): number {
    return Math.max(limitsUs.min, Math.min(limitsUs.max, this.averageUs, this.fastestUs));
  }

  /** Microseconds, above nought. */
  get averageUs(): number {
    return this.#lastUs > 0 ? this.#lastUs / (this.#frames - 1) : onlyUs;
  }

  #addCorner(point: Point): void {
    const corners = this.#corners;
    for (let last = corners.length - 1; last > 0; last--) {
      const [before, between] = [corners[last - 1] as Point, corners[last] as Point];
      if (slope(before, between) > slope(before, point)) break;
      corners.pop();
    }
    corners.push(point);
    if (corners.length > maxCorners) this.#corners = corners.filter((_, i) => i % 2 === 0);
  }
}

/** Microseconds a frame. @param early how many frames the second may come before its time */
function slope(from: Point, to: Point, early = 0): number {
  return (to.atUs - from.atUs) / (to.number - from.number - early);
}
