import { type Addon, capture } from '../opencv/addon.ts';
import { encodeJpeg } from '../opencv/jpeg.ts';
import { VideoInput } from '../opencv/video-input.ts';
import { CodedError } from '../protocol/errors.ts';
import type { Frame } from '../protocol/frame.ts';
import { pause } from '../system/abort.ts';
import { readWallClockUs } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { describeDriver, devicePath, findObstacle } from './camera-device.ts';
import { Pace } from './pace.ts';
import type { PictureOptions } from './picture-options.ts';

const reopenPauseMs = 1000;
/** Above this, cameras reach their rate over USB 2 only when they compress. */
const rawPixels = 640 * 480;
const mjpg = 0x47504a4d;

/**
 * Pictures of a V4L2 camera, for ever; a camera that goes is opened again when it is back.
 *
 * The camera is drained at its own rate and only the frames that are due are decoded, so that each picture is the newest
 * there is: a driver's queue of four would make it four intervals old.
 * @param device number or path
 * @throws CodedError SOURCE_FAILED when it cannot be opened the first time
 */
export async function* captureCamera(
  cv: Addon,
  device: string,
  options: PictureOptions,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const path = devicePath(device);
  let camera: VideoInput | undefined = await openFirst(cv, path, options);
  const pace = new Pace(options.intervalMs);
  try {
    while (!signal.aborted) {
      if (camera === undefined) {
        await pause(reopenPauseMs, signal);
        camera = await reopen(cv, path, options, log);
        continue;
      }
      const frame: Frame | undefined = await captureFrame(cv, camera, options, pace, signal);
      if (frame !== undefined) {
        yield frame;
      } else if (!signal.aborted) {
        log.warn(`camera ${path} gives no pictures any more; waiting for it to come back`);
        await camera.release();
        camera = undefined;
      }
    }
  } finally {
    await camera?.release();
  }
}

/** The next frame that is due; undefined when the camera is gone or the program stops. */
async function captureFrame(
  cv: Addon,
  camera: VideoInput,
  options: PictureOptions,
  pace: Pace,
  signal: AbortSignal,
): Promise<Frame | undefined> {
  do {
    if (!(await camera.grab()) || signal.aborted) return undefined;
  } while (pace.waitMs > 0);
  const capturedAtUs = readWallClockUs();
  pace.advance();
  const mat = await camera.retrieve();
  if (mat === undefined) return undefined;
  return { ...(await encodeJpeg(cv, mat, options.size, options.quality)), capturedAtUs };
}

async function openFirst(cv: Addon, path: string, options: PictureOptions): Promise<VideoInput> {
  const obstacle = await findObstacle(path);
  const camera = obstacle === undefined ? openCamera(cv, path, options) : undefined;
  if (camera === undefined) {
    const reason = obstacle ?? (await describeDriver(path));
    throw new CodedError('SOURCE_FAILED', `Cannot open camera ${path}: ${reason}`);
  }
  return camera;
}

async function reopen(cv: Addon, path: string, options: PictureOptions, log: Log): Promise<VideoInput | undefined> {
  // Asking the file system first keeps a missing camera from blocking the program for OpenCV's own tries.
  if ((await findObstacle(path)) !== undefined) return undefined;
  const camera = openCamera(cv, path, options);
  if (camera !== undefined) log.info(`camera ${path} is back`);
  return camera;
}

function openCamera(cv: Addon, path: string, options: PictureOptions): VideoInput | undefined {
  const camera = VideoInput.open(cv, path, capture.v4l2);
  if (camera === undefined) return undefined;
  const { size, intervalMs } = options;
  if (size !== undefined) {
    if (size.width * size.height > rawPixels) camera.set('fourcc', mjpg);
    camera.set('frameWidth', size.width);
    camera.set('frameHeight', size.height);
  }
  if (intervalMs > 0 && intervalMs < 1000 / 30) camera.set('fps', Math.ceil(1000 / intervalMs));
  return camera;
}
