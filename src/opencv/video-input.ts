import { type Addon, callAddon, capture, type Mat, type VideoCapture } from './addon.ts';

/** A camera or a file that is open. One call at a time: OpenCV's captures are not made for two. */
export class VideoInput {
  readonly #capture: VideoCapture;
  #isReleased = false;
  #pending: Promise<unknown> = Promise.resolve();

  private constructor(videoCapture: VideoCapture) {
    this.#capture = videoCapture;
  }

  /** Blocks the event loop until the device or file is open. Undefined when it cannot be. */
  static open(cv: Addon, source: string | number, api: number): VideoInput | undefined {
    try {
      return new VideoInput(new cv.VideoCapture(source, api));
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

  /** The next picture; undefined at the end of a file or when a camera is gone. The caller releases it. */
  async read(): Promise<Mat | undefined> {
    return full(await this.#call((done) => this.#capture.readAsync(done)));
  }

  /** Fetches the next frame and leaves it undecoded; false when a camera is gone. */
  async grab(): Promise<boolean> {
    return (await this.#call((done) => this.#capture.grabAsync(done))) === true;
  }

  /** Decodes the frame fetched last; undefined when that fails. The caller releases it. */
  async retrieve(): Promise<Mat | undefined> {
    return full(await this.#call((done) => this.#capture.retrieveAsync(done)));
  }

  /** Closes it once a call under way is done. */
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

function full(mat: Mat): Mat | undefined {
  return mat.empty ? undefined : mat;
}
