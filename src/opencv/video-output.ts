import { CodedError } from '../errors.ts';
import { type Addon, type Callback, callAddon, type Mat } from './addon.ts';

interface VideoWriter {
  get(property: number): number;
  writeAsync(mat: Mat, done: Callback<unknown>): void;
  release(): void;
}

interface WritingAddon extends Addon {
  readonly VideoWriter: new (path: string, fourcc: number, fps: number, size: object, isColor: boolean) => VideoWriter;
  readonly Size: new (width: number, height: number) => object;
}

/** Pixels: colours are stored for two by two pixels. */
const minSide = 2;
/** CAP_PROP_BACKEND, which is above zero where a file is open. */
const backendProperty = 42;
/** `mp4v`, the first letter in the lowest byte: MPEG-4 part 2. */
const mp4v = 0x7634706d;

/** An MP4 file that is being written, in MPEG-4. Only one call at a time. */
export class VideoOutput {
  readonly #writer: VideoWriter;
  readonly #width: number;
  readonly #height: number;
  #pending: Promise<unknown> = Promise.resolve();

  private constructor(writer: VideoWriter, width: number, height: number) {
    this.#writer = writer;
    this.#width = width;
    this.#height = height;
  }

  /**
   * Begins the file. Overwrites a file that is there.
   * @param width pixels, as `height`; an odd last column or row is dropped
   * @param fps pictures a second
   * @throws CodedError OUTPUT_FAILED; OPENCV_FAILED for a size that no video has
   */
  static open(cv: Addon, path: string, width: number, height: number, fps: number): VideoOutput {
    if (width < minSide || height < minSide) {
      throw new CodedError('OPENCV_FAILED', `Cannot write a video of ${width}x${height}`);
    }
    const { VideoWriter, Size } = cv as WritingAddon;
    const writer = new VideoWriter(path, mp4v, fps, new Size(width, height), true);
    // It does not say where it failed.
    if (writer.get(backendProperty) > 0) return new VideoOutput(writer, width, height);
    writer.release();
    throw new CodedError('OUTPUT_FAILED', `Cannot write ${path} as OpenCV cannot begin a video of ${width}x${height}`);
  }

  /**
   * Adds a picture. OpenCV drops pictures of another size without an error, so that they are
   * rejected here.
   * @param mat three channels, of the size of the video
   * @throws CodedError OPENCV_FAILED
   */
  async write(mat: Mat): Promise<void> {
    if (mat.cols !== this.#width || mat.rows !== this.#height) {
      const sizes = `${this.#width}x${this.#height}: it is ${mat.cols}x${mat.rows}`;
      throw new CodedError('OPENCV_FAILED', `Cannot write a picture as its size must be ${sizes}`);
    }
    const writing = callAddon<unknown>((done) => this.#writer.writeAsync(mat, done));
    this.#pending = writing.catch(() => undefined);
    await writing.catch((error: Error) => {
      throw new CodedError('OPENCV_FAILED', `Cannot write a picture: ${error.message}`, { cause: error });
    });
  }

  /** Completes the file, once the current call is done. */
  async release(): Promise<void> {
    await this.#pending;
    this.#writer.release();
  }
}
