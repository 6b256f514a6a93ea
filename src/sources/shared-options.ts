// Options of several sources. A module names those that it uses; its command does not accept the others.
import type { EncodingOptions } from '../opencv/jpeg.ts';
import type { Options, Reader, Values } from '../options/option.ts';
import { bytes, flag, integer, size as pictureSize, rate } from '../options/readers.ts';
import type { FrameLimits } from '../protocol/frame.ts';
import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';

/** OpenCV's own pictures of three channels hold 2^31 bytes at the most. */
const maxPixels = 2 ** 28;
/** As the Python programs send. */
const pythonIntervalMs = 95;
const group = 'Picture:';

/** How a source that encodes makes its pictures. */
export interface PictureOptions extends EncodingOptions {
  /** Milliseconds from frame to frame; 0: as fast as it goes. */
  readonly intervalMs: number;
}

const sizeOrSource: Reader<PictureSize | 'source'> = (text, name) =>
  text === 'source' ? text : pictureSize(maxPixels)(text, name);

/** Options for pictures that are encoded here: `encodeJpeg` acts on each. */
export const pictureOptions = {
  size: {
    group,
    describe: '`WIDTHxHEIGHT` of the pictures, or `source` to keep the size of the source',
    details: 'Cameras are asked for it; other pictures are shrunk to it (area interpolation)',
    default: '480x315',
    read: sizeOrSource,
  },
  quality: { group, describe: 'JPEG quality, 1 to 100', default: '90', read: integer(1, 100) },
} satisfies Options;

/** How often there is a picture. */
export const paceOptions = {
  interval: {
    group,
    describe: 'Milliseconds between frames; 0: as fast as possible',
    without: '`95`',
    read: integer(0, 86_400_000),
  },
  fps: {
    group,
    describe: 'Frames per second, instead of `--interval`',
    read: rate,
    notWith: {
      interval: 'as both set the rate: leave one out (look also in the environment and in the --config file)',
    },
  },
} satisfies Options;

/** Options for JPEGs that are made elsewhere. */
export const limitOptions = {
  'max-frame': {
    group,
    describe: 'Maximum size of a forwarded JPEG, in bytes',
    default: '12M',
    read: bytes(1000, 1e9),
  },
  'max-size': {
    group,
    describe: 'Maximum width and height of a forwarded picture',
    default: '4096x4096',
    read: pictureSize(),
  },
} satisfies Options;

/** Options for files, which could begin again. */
export const onceOptions = {
  once: {
    group: 'End:',
    describe: 'End after the video file, or after the last picture of a folder; without it the program starts again',
    default: 'false',
    read: flag,
  },
} satisfies Options;

/** Of `paceOptions`, and of a source that may have a rate of its own. */
interface PaceValues {
  readonly interval: number | undefined;
  readonly fps: number | 'source' | undefined;
}

interface PictureValues extends PaceValues {
  readonly size: PictureSize | 'source';
}

/** The values of a source, those of `pictureOptions` as its pictures are to be. */
export function readPicture<V extends PictureValues>({ size, interval, fps, ...others }: V, defaultMs?: number) {
  const intervalMs = readIntervalMs({ interval, fps }, defaultMs);
  return { ...others, size: size === 'source' ? undefined : size, intervalMs };
}

/** @param defaultMs without either option, and where the file does not know its own rate */
export function readIntervalMs({ interval, fps }: PaceValues, defaultMs: number = pythonIntervalMs): number {
  return interval ?? (typeof fps === 'number' ? 1000 / fps : defaultMs);
}

export function readLimits(values: Values<typeof limitOptions>): FrameLimits {
  const { width: maxWidth, height: maxHeight } = values['max-size'];
  return { maxFrameBytes: values['max-frame'], maxWidth, maxHeight };
}
