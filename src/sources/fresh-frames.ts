import type { Mat } from '../opencv/addon.ts';
import type { VideoInput } from '../opencv/video-input.ts';
import type { CaptureTime } from '../protocol/frame.ts';
import { readCaptureTime } from '../system/clock.ts';

export interface Capture {
  readonly mat: Mat;
  /** When the camera gave the picture, by both clocks. */
  readonly time: CaptureTime;
}

/**
 * Fetches a camera's frames at its own rate and decodes those that are asked for.
 *
 * A driver queues a few frames. Whoever fetches only what he needs gets the oldest of them, some frame times old or, when
 * encoding is slow, some encoding times; with a queue that is kept empty each picture is the newest there is.
 */
export class FreshFrames {
  readonly #camera: VideoInput;
  readonly #running: Promise<void>;
  #want: ((capture: Capture | undefined) => void) | undefined;
  #isOver = false;

  constructor(camera: VideoInput) {
    this.#camera = camera;
    this.#running = this.#run();
  }

  /** The next frame that the camera delivers, undefined when it is gone. One call at a time. The caller releases it. */
  next(): Promise<Capture | undefined> {
    return new Promise((resolve) => {
      if (this.#isOver) resolve(undefined);
      else this.#want = resolve;
    });
  }

  /** Fetches no more; resolves when the camera is closed. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    await this.#camera.release();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isOver && (await this.#camera.grab())) {
        const time = readCaptureTime();
        const want = this.#want;
        if (want === undefined) continue;
        this.#want = undefined;
        const mat = await this.#camera.retrieve();
        want(mat && { mat, time });
      }
    } catch {
      // OpenCV throws where a device goes in the middle of a call; gone is gone.
    }
    this.#isOver = true;
    this.#want?.(undefined);
  }
}
