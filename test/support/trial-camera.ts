import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { readCaptureTime } from '../../src/system/clock.ts';
import { Notify } from '../../src/system/notify.ts';
import { fakeJpeg } from './jpeg.ts';

const height = 9;

/** A camera that captures when the test says so. The pictures are as wide as their sequence says, so that they can be told apart. */
export class TrialCamera implements AsyncIterable<CapturedFrame> {
  readonly #frames: CapturedFrame[] = [];
  readonly #changes = new Notify();
  #hasEnded = false;
  #failure: Error | undefined;
  #captured = 0;

  /** @param width pixels, where it is not the sequence of the picture */
  capture(bytes = 200, width = this.#captured + 1): void {
    this.#captured++;
    this.#frames.push({ jpeg: fakeJpeg(width, height, bytes), width, height, ...readCaptureTime() });
    this.#changes.notify();
  }

  captureMany(count: number): void {
    for (let i = 0; i < count; i++) this.capture();
  }

  end(): void {
    this.#hasEnded = true;
    this.#changes.notify();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#changes.notify();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) yield frame;
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#hasEnded) return;
      else await this.#changes.wait();
    }
  }
}
