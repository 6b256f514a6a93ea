import { type Addon, callAddon, capture, type Mat, type VideoCapture } from './addon.ts';

/** A camera that is open. Only one call at a time: two would break OpenCV's captures. */
export class CameraInput {
  readonly #capture: VideoCapture;
  #isReleased = false;
  #pending: Promise<unknown> = Promise.resolve();

  private constructor(videoCapture: VideoCapture) {
    this.#capture = videoCapture;
  }

  /**
   * Opens a device, and blocks the event loop meanwhile. Undefined where it cannot be opened.
   */
  static open(cv: Addon, path: string): CameraInput | undefined {
    try {
      return new CameraInput(new cv.VideoCapture(path, capture.v4l2));
    } catch {
      return undefined;
    }
  }

  get(property: keyof typeof capture): number {
    return this.#capture.get(capture[property]);
  }

  set(property: keyof typeof capture, value: number): boolean {
    return this.#capture.set(capture[property], value);
  }

  /** Fetches the next frame without decoding it; false when a camera is gone. */
  async grab(): Promise<boolean> {
    return (await this.#call((done) => this.#capture.grabAsync(done))) === true;
  }

  /** Decodes the frame fetched last; undefined when that fails. The caller releases it. */
  async retrieve(): Promise<Mat | undefined> {
    const mat = await this.#call<Mat>((done) => this.#capture.retrieveAsync(done));
    return mat.empty ? undefined : mat;
  }

  /**
   * Gives the frame fetched last as the device sent it: one row for a JPEG. OpenCV does not decode it
   * while `convertRgb` is 0. Undefined when that fails. The caller releases it.
   */
  async retrieveRaw(): Promise<Mat | undefined> {
    // OpenCV rounds lengths up to a multiple of four, and measures a frame only where that length
    // differs from the length of the frame before. That frame may have been shorter, and then the
    // end of this one would be cut off. Setting the property makes OpenCV measure.
    this.set('convertRgb', 0);
    return this.retrieve();
  }

  /** Closes it, once the current call is done. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#pending.catch(() => undefined);
    this.#capture.release();
  }

  #call<T>(start: Parameters<typeof callAddon<T>>[0]): Promise<T> {
    const result = callAddon<T>(start);
    this.#pending = result;
    return result;
  }
}
