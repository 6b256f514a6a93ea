import { fileURLToPath } from 'node:url';
import { installPackages } from '../../scripts/debian/install.ts';
import { runChild } from './child.ts';
import { PYTHON } from './python.ts';

const SCRIPT = fileURLToPath(new URL('python/measure_pictures.py', import.meta.url));
const MEASURE_TIMEOUT_MS = 60_000;
/** The greys of the V4L2 shim's YUYV frames, after which they begin again. */
const GREYS = 219;

/** A picture as a decoder other than ours reads it. */
export interface PictureFacts {
  /** Pixels. */
  width: number;
  height: number;
  /** Blue, green, red: 0 to 255. */
  mean: [number, number, number];
  /** Standard deviation of the channel that varies most; 0 in a picture of one colour. */
  deviation: number;
  /** Index of the reference's picture that is least different; -1 without a reference. */
  nearest: number;
  /** Mean difference of a channel to that one, 0 to 255. */
  difference: number;
}

/** Decodes every picture in a folder, in the order of their names; `reference` is a video file, or one of JPEGs back to back. */
export async function measurePictures(folder: string, reference?: string): Promise<PictureFacts[]> {
  await installPackages(['python3', 'python3-opencv'], 'looking at received pictures');
  const compare = reference === undefined ? [] : ['--reference', reference];
  const { stdout } = await runChild(PYTHON, ['-B', SCRIPT, folder, ...compare], MEASURE_TIMEOUT_MS);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => ({
    nearest: -1,
    difference: 255,
    ...(JSON.parse(line) as Partial<PictureFacts>),
  })) as PictureFacts[];
}

/** The frame of the V4L2 shim's YUYV camera that a picture shows, modulo 219; throws where it is not of one grey. */
export function readFrameNumber({ mean, deviation }: PictureFacts): number {
  const [blue, green, red] = mean;
  if (deviation > 2 || Math.abs(blue - green) > 2 || Math.abs(red - green) > 2) {
    throw new Error(`Cannot read a frame number: the picture is not of one grey (${mean}, deviation ${deviation})`);
  }
  return Math.round((green * GREYS) / 255) % GREYS;
}

/** By how many frames the shim's YUYV camera was ahead from picture to picture, less whole rounds of its ramp. */
export function countSteps(pictures: readonly PictureFacts[]): number[] {
  const numbers = pictures.map(readFrameNumber);
  return numbers.slice(1).map((number, i) => (number - (numbers[i] ?? 0) + GREYS) % GREYS);
}
