/** A picture without colours. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  /** A byte a pixel, 0 is black, row after row. */
  readonly pixels: Uint8Array;
}

export interface Sharpening {
  /** Of the square over which the picture is averaged: pixels, at least 1. */
  readonly radius: number;
  /** The difference to the average is added so often. */
  readonly amount: number;
}

/** Unsharp masking: adds the difference between each pixel and the average around it. */
export function sharpen(picture: GreyPicture, { radius, amount }: Sharpening): GreyPicture {
  const averages = average(picture, radius);
  const pixels = new Uint8ClampedArray(picture.pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const value = picture.pixels[i] as number;
    pixels[i] = value + amount * (value - (averages[i] as number));
  }
  return { ...picture, pixels: new Uint8Array(pixels.buffer) };
}

/** The averages over squares around each pixel: first along the rows, then along the columns. */
function average({ width, height, pixels }: GreyPicture, radius: number): Float32Array {
  const inRows = new Float32Array(pixels.length);
  const averages = new Float32Array(pixels.length);
  for (let y = 0; y < height; y++) {
    averageLine(pixels, inRows, { start: y * width, step: 1, length: width }, radius);
  }
  for (let x = 0; x < width; x++) averageLine(inRows, averages, { start: x, step: width, length: height }, radius);
  return averages;
}

interface Line {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** Beyond its ends a line goes on with its last values. */
function averageLine(
  from: Uint8Array | Float32Array,
  to: Float32Array,
  { start, step, length }: Line,
  radius: number,
): void {
  const at = (i: number) => from[start + Math.min(Math.max(i, 0), length - 1) * step] as number;
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    to[start + i * step] = sum / (2 * radius + 1);
    sum += at(i + radius + 1) - at(i - radius);
  }
}
