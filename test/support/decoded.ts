import { type Addon, type Callback, callAddon, type Mat, type VideoCapture } from '../../src/opencv/addon.ts';
import { decodeJpeg } from '../../src/opencv/jpeg.ts';

/** OpenCV's own calls, which the programs do not use and Python programs do. */
export type PlainAddon = Omit<Addon, 'VideoCapture'> & {
  readonly VideoCapture: new (source: string | number, api?: number) => VideoCapture & PlainCapture;
  readonly Mat: new (data: Uint8Array, rows: number, cols: number, type: number) => Mat;
  readonly CV_8UC1: number;
  readonly CV_8UC2: number;
};

interface PlainCapture {
  readAsync(done: Callback<Mat>): void;
}

/** Eight bits a channel, blue-green-red, row after row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

export function takePixels(mat: Mat): Pixels {
  const pixels = { width: mat.cols, height: mat.rows, bytes: Uint8Array.from(mat.getData()) };
  mat.release();
  return pixels;
}

export async function decodePixels(cv: Addon, jpeg: Uint8Array): Promise<Pixels> {
  return takePixels(await decodeJpeg(cv, jpeg));
}

/** The way of the Python programs: blue-green-red, resized with INTER_AREA, then a JPEG. */
export async function encodePlainly(
  cv: Addon,
  mat: Mat,
  size: { width: number; height: number } | undefined,
  quality: number,
): Promise<Uint8Array> {
  const small =
    size === undefined
      ? mat
      : await callAddon<Mat>((done) => mat.resizeAsync(size.height, size.width, 0, 0, cv.INTER_AREA, done));
  return cv.imencode('.jpg', small, [cv.IMWRITE_JPEG_QUALITY, quality]);
}

/** How far the levels of two pictures of one size are from each other. */
export function compareLevels(a: Pixels, b: Pixels): { mean: number; max: number } {
  let sum = 0;
  let max = 0;
  a.bytes.forEach((level, i) => {
    const off = Math.abs(level - (b.bytes[i] ?? Number.NaN));
    sum += off;
    max = Math.max(max, off);
  });
  return { mean: sum / a.bytes.length, max };
}
