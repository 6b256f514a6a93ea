import type { CapturedFrame } from '../protocol/frame.ts';
import type { FlowMeter } from '../system/flow-meter.ts';
import { Notify } from '../system/notify.ts';

/** Runs a source at its own pace, whether or not anyone takes what it captures. */
export class LiveCapture {
  readonly #meter: FlowMeter | undefined;
  #ended: { error?: unknown } | undefined;
  readonly #changes = new Notify();
  /** Resolves when the source has ended. */
  readonly running: Promise<void>;

  /**
   * @param keep what becomes of each frame
   * @param meter called when the queue asks the source for a frame, and when it gives one
   */
  constructor(frames: AsyncIterable<CapturedFrame>, keep: (frame: CapturedFrame) => void, meter?: FlowMeter) {
    this.#meter = meter;
    this.running = this.#run(frames, keep);
  }

  /**
   * Resolves true when there is a frame, false when none will come any more; rejects as the source
   * does.
   */
  async until(hasFrame: () => boolean): Promise<boolean> {
    while (!hasFrame()) {
      if (this.#ended !== undefined) {
        if ('error' in this.#ended) throw this.#ended.error;
        return false;
      }
      await this.#changes.wait();
    }
    return true;
  }

  async #run(frames: AsyncIterable<CapturedFrame>, keep: (frame: CapturedFrame) => void): Promise<void> {
    this.#meter?.ask();
    try {
      for await (const frame of frames) {
        this.#meter?.pass();
        keep(frame);
        this.#changes.notify();
        // A source that never waits, such as small pictures at full speed, would let nobody else
        // have a turn.
        await new Promise(setImmediate);
        this.#meter?.ask();
      }
      this.#ended = {};
    } catch (error) {
      this.#ended = { error };
    }
    this.#meter?.end();
    this.#changes.notify();
  }
}
