const windowMs = 250;
/** Where the link turns slower, the pace is forgotten by so much from window to window. */
const memory = 0.8;
/** Messages for so much time may be in flight beyond those that the network itself holds. */
const spareMs = 200;
const min = 2;
/** While the pace is not known: few, as large pictures on a slow link hold up all else for as long as they take. */
const first = 4;

/**
 * How many messages may be in flight so that a link is used and none of them waits for long: what is asked for too early gets old in the
 * buffers of a slow link, where no newer one can take its place.
 */
export class InFlightLimit {
  readonly #delayMs: number;
  /** Messages a millisecond; undefined: not known yet. */
  #pace: number | undefined;
  #count = 0;
  #sinceMs: number;

  /**
   * @param rttMs of the link while nothing is in flight
   * @param nowMs by `performance.now()`, as in `count`
   */
  constructor(rttMs: number, nowMs: number) {
    this.#delayMs = spareMs + 2 * rttMs;
    this.#sinceMs = nowMs;
  }

  /** A message is here. */
  count(nowMs: number): void {
    this.#count++;
    const ms = nowMs - this.#sinceMs;
    if (ms < windowMs) return;
    this.#pace = Math.max(this.#count / ms, (this.#pace ?? 0) * memory);
    this.#count = 0;
    this.#sinceMs = nowMs;
  }

  /** How many messages may be in flight. */
  get room(): number {
    return this.#pace === undefined ? first : Math.max(min, Math.ceil(this.#pace * this.#delayMs));
  }
}
