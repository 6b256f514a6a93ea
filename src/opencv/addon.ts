// The part of opencv4nodejs' native interface that is used here, as the addon itself has it: rows before columns, callbacks
// last. https://github.com/UrielCh/opencv4nodejs, version 7.1.2, with the patch of scripts/native.

export type Callback<T> = (error: Error | string | null, result: T) => void;

export interface Mat {
  /** Pixels down. */
  readonly rows: number;
  /** Pixels across. */
  readonly cols: number;
  /** 1 when there is no picture in it. */
  readonly empty: number | boolean;
  copy(): Mat;
  /** A copy of its bytes, row after row. */
  getData(): Uint8Array;
  /** Frees the pixels now rather than at some garbage collection. */
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
  readAsync(done: Callback<Mat>): void;
  /** Fetches the next frame of the device without decoding it. */
  grabAsync(done: Callback<boolean>): void;
  /** Decodes the frame fetched last. */
  retrieveAsync(done: Callback<Mat>): void;
  release(): void;
}

/** What a V4L2 device says of itself. A range of sizes or rates is given by its two ends. */
export interface CaptureDevice {
  readonly driver: string;
  /** The name of the camera. */
  readonly card: string;
  /** Not so for codecs, for what displays pictures, and for the nodes beside a camera's own. */
  readonly isCapture: boolean;
  readonly formats: readonly CaptureFormat[];
}

export interface CaptureFormat {
  /** Four characters, the first in the lowest byte. */
  readonly fourcc: number;
  /** In pixels, the rates in frames per second. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly rates: readonly number[] }[];
}

export interface Addon {
  readonly Mat: new (rows: number, cols: number, type: number, fill?: number[]) => Mat;
  readonly Point2: new (x: number, y: number) => Point;
  readonly Vec3: new (x: number, y: number, z: number) => Vec3;
  readonly VideoCapture: new (source: string | number, api?: number) => VideoCapture;
  /** Asks without starting the device; waits for it to be opened. Of our own: scripts/native/patches/capture-formats.cc. */
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
  readonly IMWRITE_JPEG_QUALITY: number;
  readonly WINDOW_AUTOSIZE: number;
  readonly FONT_HERSHEY_SIMPLEX: number;
  readonly LINE_AA: number;
}

/** VideoCapture properties and back ends, by OpenCV's own numbers: the addon names only some of them. */
export const capture = {
  v4l2: 200,
  ffmpeg: 1900,
  positionMs: 0,
  frameWidth: 3,
  frameHeight: 4,
  fps: 5,
  fourcc: 6,
  frameCount: 7,
  convertRgb: 16,
} as const;

/** OpenCV's messages have lines for its own developers below the first. */
export function firstLine(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(message.split('\n')[0] ?? '', { cause: error });
}

/** Runs one asynchronous call of the addon. `start` gets the callback to pass on. */
export function callAddon<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null) resolve(result);
      else reject(firstLine(error));
    });
  });
}
