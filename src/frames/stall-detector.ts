import { SilenceTimer } from '../system/silence-timer.ts';

/** Notices that a connected camera gives no frame, and that it gives one again. */
export class StallDetector {
  readonly #silence: SilenceTimer;
  #lastMs: number;
  #isStalled = false;

  /**
   * @param afterMs time without a frame after which the camera counts as stalled, in milliseconds
   * @param lastMs time of its last frame, or of its connection, as `performance.now` returns it
   * @param onStall called once, until a frame comes, with the whole milliseconds since `lastMs`
   */
  constructor(afterMs: number, lastMs: number, onStall: (stalledMs: number) => void) {
    this.#lastMs = lastMs;
    this.#silence = new SilenceTimer(afterMs, () => {
      this.#isStalled = true;
      onStall(Math.round(performance.now() - this.#lastMs));
    });
  }

  /**
   * A frame came at that time. Returns whole milliseconds from the last frame to this one if it
   * ends a stall, otherwise undefined.
   */
  countFrame(nowMs: number): number | undefined {
    this.#silence.heard();
    const stalledMs = this.#isStalled ? Math.round(nowMs - this.#lastMs) : undefined;
    this.#lastMs = nowMs;
    this.#isStalled = false;
    return stalledMs;
  }

  stop(): void {
    this.#silence.stop();
  }
}
