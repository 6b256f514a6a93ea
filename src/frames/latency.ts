/** Frames that percentiles are taken of: half a minute at 30 a second. */
const windowFrames = 1000;
/** The gain of the interarrival jitter of RFC 3550, 6.4.1. */
const jitterGain = 1 / 16;

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** How late the newest frames of one sender were. All in microseconds. */
export class LatencyStatistics {
  /** Made when it is needed: many a sender has one picture. */
  #window: Float64Array | undefined;
  #count = 0;
  #transitUs: number | undefined;
  /** How much the time on the way differs from frame to frame, smoothed: needs no common clock. Undefined before the second. */
  jitterUs: number | undefined;
  /** The latency of the newest frame; undefined while the clocks are not compared. */
  newestUs: number | undefined;

  /**
   * @param transitUs receive time less capture time by two clocks that need not agree
   * @param latencyUs the same with the clocks compared, where they are
   */
  add(transitUs: number, latencyUs: number | undefined): void {
    if (this.#transitUs !== undefined) {
      const jitterUs = this.jitterUs ?? 0;
      this.jitterUs = jitterUs + (Math.abs(transitUs - this.#transitUs) - jitterUs) * jitterGain;
    }
    this.#transitUs = transitUs;
    this.newestUs = latencyUs;
    if (latencyUs === undefined) return;
    this.#window ??= new Float64Array(windowFrames);
    this.#window[this.#count++ % windowFrames] = latencyUs;
  }

  /** The percentiles of the last thousand frames whose latency is known; undefined when there are none. */
  get percentiles(): Percentiles | undefined {
    if (this.#window === undefined) return undefined;
    const sorted = this.#window.slice(0, Math.min(this.#count, windowFrames)).sort();
    const pick = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
    return { p50: pick(0.5), p95: pick(0.95), p99: pick(0.99) };
  }
}
