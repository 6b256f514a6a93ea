/** One ping and its pong: two readings of each machine's monotonic clock, in microseconds. */
export interface ClockSample {
  /** Local: when the ping left. */
  readonly sentUs: number;
  /** Remote: when the ping came. */
  readonly remoteReceivedUs: number;
  /** Remote: when the pong left. */
  readonly remoteSentUs: number;
  /** Local: when the pong came. */
  readonly receivedUs: number;
}

export interface ClockEstimate {
  /** Remote clock less local clock, in microseconds. */
  readonly offsetUs: number;
  /**
   * The true offset is no further away than this, as long as no clock drifts by more than 100 ppm:
   * microseconds.
   */
  readonly errorUs: number;
}

/** Samples that count: at one a second, the last quarter of a minute. */
const windowSamples = 16;
/**
 * The drift of two quartz clocks of small boards, warm and cold. For good clocks NTP assumes 15
 * ppm.
 */
const driftRate = 100e-6;

interface Candidate {
  readonly offsetUs: number;
  readonly delayUs: number;
  readonly atUs: number;
}

/**
 * Estimates the offset between two clocks as NTP does (RFC 5905, sections 8 and 10). Each exchange
 * gives an offset and a round trip; at worst the offset is wrong by half the round trip. Of the
 * last exchanges the one with the smallest error counts.
 *
 * A network with queues makes single trips longer, never shorter, so that the shortest of many is
 * close to the truth.
 */
export class ClockOffset {
  readonly #window: Candidate[] = [];

  /** Takes one exchange. An exchange that cannot be (it came before it went) does not count. */
  add(sample: ClockSample): void {
    const { sentUs, remoteReceivedUs, remoteSentUs, receivedUs } = sample;
    const delayUs = receivedUs - sentUs - (remoteSentUs - remoteReceivedUs);
    if (!(delayUs >= 0 && receivedUs >= sentUs && remoteSentUs >= remoteReceivedUs)) return;
    const offsetUs = (remoteReceivedUs - sentUs + (remoteSentUs - receivedUs)) / 2;
    this.#window.push({ offsetUs, delayUs, atUs: receivedUs });
    if (this.#window.length > windowSamples) this.#window.shift();
  }

  /** The best estimate at `nowUs` of the local clock; undefined before the first exchange. */
  estimate(nowUs: number): ClockEstimate | undefined {
    let best: ClockEstimate | undefined;
    for (const { offsetUs, delayUs, atUs } of this.#window) {
      const errorUs = delayUs / 2 + (nowUs - atUs) * driftRate;
      if (best === undefined || errorUs < best.errorUs) best = { offsetUs, errorUs };
    }
    return best;
  }
}
