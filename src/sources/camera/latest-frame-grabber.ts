import type { CameraInput } from '../../opencv/camera-input.ts';
import type { CaptureTime } from '../../protocol/frame.ts';
import { readCaptureTime } from '../../system/clock.ts';

export interface Capture<Picture> {
  readonly picture: Picture;
  /** When the camera gave the picture, by both clocks. */
  readonly time: CaptureTime;
}

/**
 * Decodes the frame that was fetched: undefined if the camera is gone, `unfit` if only this frame
 * cannot be used.
 */
export type Retrieve<Picture> = (camera: CameraInput) => Promise<Picture | 'unfit' | undefined>;

/** About a second of frames. A camera that fails for longer does not recover by itself. */
const maxUnfit = 30;

/**
 * Fetches a camera's frames at its own rate and retrieves those that are asked for.
 *
 * A driver queues a few frames. A program that fetches only those it needs gets the oldest, some
 * frame times old or, when encoding is slow, some encoding times; with a queue that is kept empty
 * each picture is the newest there is.
 */
export class LatestFrameGrabber<Picture> {
  readonly #camera: CameraInput;
  readonly #retrieve: Retrieve<Picture>;
  readonly #running: Promise<void>;
  #want: ((capture: Capture<Picture> | undefined) => void) | undefined;
  /** Failed frames in a row. */
  #unfit = 0;
  #isOver = false;

  constructor(camera: CameraInput, retrieve: Retrieve<Picture>) {
    this.#camera = camera;
    this.#retrieve = retrieve;
    this.#running = this.#run();
  }

  /** Whether it ended because too many frames in a row were of no use. */
  get isUnfit(): boolean {
    return this.#unfit >= maxUnfit;
  }

  /**
   * The next fit frame that the camera delivers, undefined when it is gone. One call at a time. The
   * caller releases it.
   */
  next(): Promise<Capture<Picture> | undefined> {
    return new Promise((resolve) => {
      if (this.#isOver) resolve(undefined);
      else this.#want = resolve;
    });
  }

  /** Tells whether a picture could be used. */
  report(isFit: boolean): void {
    this.#unfit = isFit ? 0 : this.#unfit + 1;
  }

  /** Fetches no more; resolves when the camera is closed. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    await this.#camera.release();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isOver && !this.isUnfit && (await this.#camera.grab())) {
        if (this.#want !== undefined) await this.#serve(this.#want);
      }
    } catch {
      // OpenCV throws where a device goes in the middle of a call; gone is gone.
    }
    this.#isOver = true;
    this.#want?.(undefined);
  }

  async #serve(want: (capture: Capture<Picture> | undefined) => void): Promise<void> {
    const time = readCaptureTime();
    const picture = await this.#retrieve(this.#camera);
    if (picture === 'unfit') return this.report(false);
    this.#want = undefined;
    want(picture && { picture, time });
  }
}
