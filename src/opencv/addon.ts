// The part of the native interface of opencv4nodejs that is used here: rows come before columns,
// and callbacks last. https://github.com/UrielCh/opencv4nodejs, version 7.1.2, with the patch of
// scripts/native.
import { CodedError } from '../errors.ts';
import { errorLine } from '../system/error-line.ts';

export type Callback<T> = (error: Error | string | null, result: T) => void;

export interface Mat {
  /** Pixels down. */
  readonly rows: number;
  /** Pixels across. */
  readonly cols: number;
  /** 1 where there is no picture in it. */
  readonly empty: number | boolean;
  copy(): Mat;
  /** A copy of its bytes, row after row. */
  getData(): Uint8Array;
  /** Frees the pixels now, rather than when the garbage is collected. */
  release(): void;
  resizeAsync(rows: number, cols: number, fx: number, fy: number, interpolation: number, done: Callback<Mat>): void;
  drawRectangle(from: Point, to: Point, color: Vec3, thickness: number): void;
  putText(
    text: string,
    origin: Point,
    font: number,
    scale: number,
    color: Vec3,
    thickness: number,
    lineType: number,
  ): void;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Vec3 {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export interface VideoCapture {
  get(property: number): number;
  set(property: number, value: number): boolean;
  /** Fetches the next frame of the device without decoding it. */
  grabAsync(done: Callback<boolean>): void;
  /** Decodes the frame fetched last. */
  retrieveAsync(done: Callback<Mat>): void;
  release(): void;
}

/** Our own: scripts/native/own/video-reader.h. */
export interface VideoReader {
  /** Frames per second, and frames; 0 where the file does not say it. */
  readonly fps: number;
  readonly frameCount: number;
  /**
   * Decodes the next frame and encodes it at that size; 0 and 0: its own. Null at the end of the
   * file.
   */
  readAsync(width: number, height: number, quality: number, done: Callback<VideoPicture | null>): void;
  release(): void;
}

/** A picture that is ready to send. */
export interface EncodedPicture {
  readonly jpeg: Uint8Array;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface VideoPicture extends EncodedPicture {
  /** The time after the first frame: milliseconds; 0 if the file does not say it. */
  readonly atMs: number;
}

/** A V4L2 device describes itself so. A range of sizes or rates is given by its two ends. */
export interface CaptureDevice {
  readonly driver: string;
  /** The name of the camera. */
  readonly card: string;
  /** False for codecs, for devices that display pictures, and for the further nodes of a camera. */
  readonly isCapture: boolean;
  readonly formats: readonly CaptureFormat[];
}

export interface CaptureFormat {
  /** Four characters, the first in the lowest byte. */
  readonly fourcc: number;
  /** Sizes in pixels, rates in frames per second. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly rates: readonly number[] }[];
}

export interface Addon {
  readonly Mat: new (rows: number, cols: number, type: number, fill?: number[]) => Mat;
  readonly Point2: new (x: number, y: number) => Point;
  readonly Vec3: new (x: number, y: number, z: number) => Vec3;
  readonly VideoCapture: new (source: string | number, api?: number) => VideoCapture;
  readonly VideoReader: new (path: string) => VideoReader;
  /**
   * Encodes what a camera sent, without a way over BGR, at that size; 0 and 0: its own. Null where
   * the format is another, or a JPEG is not as those of cameras. Our own:
   * scripts/native/own/camera-jpeg.h.
   */
  encodeCameraAsync(
    sent: Mat,
    fourcc: number,
    width: number,
    height: number,
    quality: number,
    done: Callback<EncodedPicture | null>,
  ): void;
  /**
   * Asks the device without starting it; blocks until the device is open. This is our own:
   * scripts/native/own/capture-formats.cc.
   */
  listCaptureFormats(path: string): CaptureDevice;
  imencode(extension: string, mat: Mat, parameters: number[]): Uint8Array;
  imencodeAsync(extension: string, mat: Mat, parameters: number[], done: Callback<Uint8Array>): void;
  imdecodeAsync(jpeg: Uint8Array, flags: number, done: Callback<Mat>): void;
  namedWindow(title: string, flags: number): void;
  imshow(title: string, mat: Mat): void;
  waitKey(ms: number): number;
  destroyWindow(title: string): void;
  getWindowProperty(title: string, property: number): number;
  readonly CV_8UC3: number;
  readonly INTER_AREA: number;
  readonly IMREAD_COLOR: number;
  readonly IMREAD_GRAYSCALE: number;
  readonly IMWRITE_JPEG_QUALITY: number;
  readonly WINDOW_AUTOSIZE: number;
  readonly FONT_HERSHEY_SIMPLEX: number;
  readonly LINE_AA: number;
}

/** Our own calls keep the size of the source for this one. */
export const ownSize = { width: 0, height: 0 } as const;

/**
 * Properties and back ends of VideoCapture, by the numbers of OpenCV: the addon names only some of
 * them.
 */
export const capture = {
  v4l2: 200,
  frameWidth: 3,
  frameHeight: 4,
  fps: 5,
  fourcc: 6,
  convertRgb: 16,
} as const;

/**
 * The error with the first line of its message: the other lines are for the developers of OpenCV.
 */
export function firstLine(error: unknown): Error {
  return new Error(errorLine(error), { cause: error });
}

/** @param action that was tried: `encode a picture` */
export function openCvFailed(action: string, error: unknown): CodedError {
  return new CodedError('OPENCV_FAILED', `Cannot ${action}: ${(error as Error).message}`, { cause: error });
}

/** Runs one asynchronous call of the addon. `start` gets the callback for the addon. */
export function callAddon<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null) resolve(result);
      else reject(firstLine(error));
    });
  });
}
