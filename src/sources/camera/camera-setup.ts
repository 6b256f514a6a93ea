import { CodedError } from '../../errors.ts';
import type { Addon } from '../../opencv/addon.ts';
import { CameraInput } from '../../opencv/camera-input.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import type { PictureSize } from '../../protocol/jpeg/jpeg-size.ts';
import type { PictureOptions } from '../shared-options.ts';
import type { SkipLog } from '../skip-log.ts';
import { fourccText } from './fourcc.ts';

export interface CameraOptions extends PictureOptions {
  /**
   * Whether the camera's own JPEGs are forwarded. True: at whatever size it has nearest to the
   * asked one; undefined: where it has them in the asked size; false: never.
   */
  readonly passthrough?: boolean | undefined;
  /** Of JPEGs that are forwarded. */
  readonly limits?: FrameLimits;
  /** Counts those that are not. */
  readonly skipped?: SkipLog;
}

/** A camera that is open and set to what it is to deliver. */
export interface ReadyCamera {
  readonly input: CameraInput;
  /** The size of the camera's own JPEGs that are forwarded; undefined: pictures are encoded here. */
  readonly jpegSize: PictureSize | undefined;
  /**
   * The format in which `input.retrieveRaw()` gives what can be encoded; undefined: OpenCV must
   * convert it.
   */
  readonly rawFormat: number | undefined;
}

/** The formats that `encodeCameraPicture` knows. */
const rawFormats: readonly string[] = ['MJPG', 'JPEG', 'YUYV', 'UYVY', 'NV12', 'NV21', 'YU12', 'YV12'];

/** Above this, cameras reach their rate over USB 2 only when they compress. */
const rawPixels = 640 * 480;
const mjpg = 0x47504a4d;
/** The name of the same format in a few old drivers. */
const jpeg = 0x4745504a;

/**
 * Blocks the event loop until the camera is open. Undefined when it cannot be opened.
 * @throws CodedError SOURCE_FAILED where it must deliver JPEGs and has none
 */
export async function openCamera(cv: Addon, path: string, options: CameraOptions): Promise<ReadyCamera | undefined> {
  const input = CameraInput.open(cv, path);
  if (input === undefined) return undefined;
  const { size, intervalMs, passthrough } = options;
  if (size !== undefined) requestSize(input, size);
  const jpegSize = passthrough === false ? undefined : requestJpegs(input, options);
  if (jpegSize === undefined && passthrough === true) {
    const error = describeLack(path, input);
    await input.release();
    throw error;
  }
  if (intervalMs > 0 && intervalMs < 1000 / 30) input.set('fps', Math.ceil(1000 / intervalMs));
  return { input, jpegSize, rawFormat: findRawFormat(input) };
}

function findRawFormat(input: CameraInput): number | undefined {
  const fourcc = input.get('fourcc');
  return rawFormats.includes(fourccText(fourcc)) ? fourcc : undefined;
}

function requestSize(input: CameraInput, size: PictureSize): void {
  if (size.width * size.height > rawPixels) input.set('fourcc', mjpg);
  input.set('frameWidth', size.width);
  input.set('frameHeight', size.height);
}

/**
 * The size of the JPEGs that the camera is set to from now on; undefined where it is set as it was
 * before.
 */
function requestJpegs(input: CameraInput, { size, passthrough }: CameraOptions): PictureSize | undefined {
  const before = input.get('fourcc');
  const wanted = size ?? readSize(input);
  if (!isJpeg(before)) input.set('fourcc', mjpg);
  // Read the size back: a driver sets the nearest size that it has, and OpenCV may set another
  // format.
  const found = readSize(input);
  if (isJpeg(input.get('fourcc')) && (passthrough === true || isSameSize(found, wanted))) {
    return found;
  }
  input.set('fourcc', before);
  return undefined;
}

function isJpeg(fourcc: number): boolean {
  return fourcc === mjpg || fourcc === jpeg;
}

function readSize(input: CameraInput): PictureSize {
  return { width: input.get('frameWidth'), height: input.get('frameHeight') };
}

export function isSameSize(a: PictureSize, b: PictureSize): boolean {
  return a.width === b.width && a.height === b.height;
}

function describeLack(path: string, input: CameraInput): CodedError {
  const { width, height } = readSize(input);
  const format = `${fourccText(input.get('fourcc'))} of ${width}x${height}`;
  const advice = 'Leave out --passthrough to have its pictures encoded here';
  return new CodedError(
    'SOURCE_FAILED',
    `Cannot forward the JPEGs of camera ${path} as it has none: it delivers ${format}. ${advice}`,
  );
}
