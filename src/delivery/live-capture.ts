import type { CapturedFrame } from '../protocol/frame.ts';
import { Notify } from '../system/notify.ts';

/** Runs a source at its own pace, whether or not anyone takes what it captures. */
export class LiveCapture {
  #ended: { error?: unknown } | undefined;
  readonly #changes = new Notify();
  /** Resolves when the source has ended. */
  readonly running: Promise<void>;

  /** @param keep what becomes of each frame */
  constructor(frames: AsyncIterable<CapturedFrame>, keep: (frame: CapturedFrame) => void) {
    this.running = this.#run(frames, keep);
  }

  /** Resolves true when there is a frame, false when none will come any more; rejects as the source does. */
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
    try {
      for await (const frame of frames) {
        keep(frame);
        this.#changes.notify();
        // A source that never waits, such as small pictures at full speed, would let nobody else have a turn.
        await new Promise(setImmediate);
      }
      this.#ended = {};
    } catch (error) {
      this.#ended = { error };
    }
    this.#changes.notify();
  }
}
