import type { SenderResult } from '../delivery/uplink.ts';
import { formatResultLine } from '../protocol/results/result-line.ts';
import { readMonotonicUs } from '../system/clock.ts';
import type { ResultEvent, ResultOutput } from './result-output.ts';

export interface ResultFeedOptions {
  /** The name of this camera. */
  readonly camera: string;
  /** The age from which on a result is of no use: milliseconds. */
  readonly maxAgeMs: number;
}

/**
 * Hands fresh results to the outputs, and tells them when none comes any more: a sign that warns
 * must not go on as if all were well when the network or the detector is away.
 */
export class ResultFeed {
  readonly #outputs: readonly ResultOutput[];
  readonly #options: ResultFeedOptions;
  readonly #readClockUs: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** The event that was told last. */
  #state: ResultEvent | undefined;
  /** Results that were handed over. */
  fresh = 0;
  /** Results that were too old, and were not handed over. */
  tooOld = 0;

  /** @param readClockUs reads the steady clock that stamped the frames: microseconds */
  constructor(outputs: readonly ResultOutput[], options: ResultFeedOptions, readClockUs = readMonotonicUs) {
    this.#outputs = outputs;
    this.#options = options;
    this.#readClockUs = readClockUs;
  }

  /** Fresh results that an output could not use, as it was behind. */
  get dropped(): number {
    return this.#outputs.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** For the last lines of a sender. */
  get summary(): string {
    return `results: ${this.fresh} handed over, ${this.tooOld} too old, ${this.dropped} dropped`;
  }

  /** The time until the first fresh result begins. */
  start(): void {
    for (const output of this.#outputs) output.start?.();
    this.#watch();
  }

  take(result: SenderResult): void {
    const ageUs = this.#readClockUs() - result.capturedMonotonicUs;
    if (!(ageUs >= 0 && ageUs <= this.#options.maxAgeMs * 1000)) {
      this.tooOld++;
      return;
    }
    this.fresh++;
    this.#watch();
    if (this.#state !== 'fresh') this.#tell('fresh');
    const line = formatResultLine({ ...result, camera: this.#options.camera, ageUs });
    for (const output of this.#outputs) output.result(result, line);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#outputs.map((output) => output.close()));
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell('stale'), this.#options.maxAgeMs);
  }

  #tell(event: ResultEvent): void {
    this.#state = event;
    for (const output of this.#outputs) output.event(event);
  }
}
