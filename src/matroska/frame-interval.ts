/** The number and the time of a frame. */
interface Point {
  readonly number: number;
  readonly atUs: number;
}

/** The interval of a video of one frame: microseconds. */
const onlyUs = 40_000;
/**
 * Frames that are nearer to one another waited somewhere and came together: no rate that a player
 * can use keeps them apart.
 */
const atOnceUs = 10_000;
/**
 * ffmpeg 5.1 guesses a rate of its own if the file says 1000 frames a second or more, or fewer than
 * one in 30,000 s.
 */
const limitsUs = { min: 1e6 / 999, max: 3_600_000_000 } as const;
/** Far more than the frames of cameras need. */
const maxCorners = 256;

/**
 * Measures the interval of the frames of a video, for its head. Programs that write a constant rate
 * (ffmpeg to MP4) repeat frames that come slower than that rate, and drop frames that come faster.
 * So the interval is the average where no frame would be dropped, and else the interval of the
 * frames that come fastest.
 */
export class FrameInterval {
  #frames = 0;
  #lastUs = 0;
  /**
   * The interval of the frames that come fastest: with a longer one some of them would be dropped.
   */
  fastestUs = Number.POSITIVE_INFINITY;
  /** The last frame that did not come together with the frame before. */
  #previous: Point | undefined;
  /**
   * The upper convex hull of the frames before: from one of its corners on, the frames came
   * fastest.
   */
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

  /** The interval for the head: microseconds. */
  get us(): number {
    return Math.max(limitsUs.min, Math.min(limitsUs.max, this.averageUs, this.fastestUs));
  }

  /** Microseconds, above 0. */
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

/**
 * Microseconds for each frame.
 * @param early the second point may come so many frames before its time
 */
function slope(from: Point, to: Point, early = 0): number {
  return (to.atUs - from.atUs) / (to.number - from.number - early);
}
