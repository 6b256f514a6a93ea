import { type Addon, capture } from '../opencv/addon.ts';
import { encodeJpeg } from '../opencv/jpeg.ts';
import { VideoInput } from '../opencv/video-input.ts';
import { CodedError } from '../protocol/errors.ts';
import type { CapturedFrame } from '../protocol/frame.ts';
import { pause } from '../system/abort.ts';
import type { Log } from '../system/log.ts';
import { describeDriver, devicePath, findObstacle } from './camera-device.ts';
import { type Capture, FreshFrames } from './fresh-frames.ts';
import { Pace } from './pace.ts';
import type { PictureOptions } from './picture-options.ts';

const reopenPauseMs = 1000;
/** Above this, cameras reach their rate over USB 2 only when they compress. */
const rawPixels = 640 * 480;
const mjpg = 0x47504a4d;

/**
 * Pictures of a V4L2 camera, for ever, each the newest when it is due; a camera that goes is opened again when it is back.
 * @param device number or path
 * @throws CodedError SOURCE_FAILED when it cannot be opened the first time
 */
export async function* captureCamera(
  cv: Addon,
  device: string,
  options: PictureOptions,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const path = devicePath(device);
  let camera: FreshFrames | undefined = new FreshFrames(await openFirst(cv, path, options));
  const pace = new Pace(options.intervalMs);
  let hasDelivered = false;
  try {
    while (!signal.aborted) {
      if (camera === undefined) {
        await pause(reopenPauseMs, signal);
        camera = await reopen(cv, path, options, log);
        continue;
      }
      await pause(pace.waitMs, signal);
      const capture = await camera.next();
      if (capture !== undefined) {
        pace.advance();
        hasDelivered = true;
        yield await encodeCapture(cv, capture, options);
      } else if (!signal.aborted) {
        if (!hasDelivered) throw await describeFailure(path, undefined);
        log.warn(`camera ${path} gives no pictures any more; waiting for it to come back`);
        await camera.close();
        camera = undefined;
      }
    }
  } finally {
    await camera?.close();
  }
}

async function encodeCapture(cv: Addon, { mat, time }: Capture, options: PictureOptions): Promise<CapturedFrame> {
  return { ...(await encodeJpeg(cv, mat, options.size, options.quality)), ...time };
}

async function openFirst(cv: Addon, path: string, options: PictureOptions): Promise<VideoInput> {
  const obstacle = await findObstacle(path);
  const camera = obstacle === undefined ? openCamera(cv, path, options) : undefined;
  if (camera === undefined) throw await describeFailure(path, obstacle);
  return camera;
}

async function describeFailure(path: string, obstacle: string | undefined): Promise<CodedError> {
  const reason = obstacle ?? (await describeDriver(path));
  return new CodedError('SOURCE_FAILED', `Cannot open camera ${path}: ${reason}`);
}

async function reopen(cv: Addon, path: string, options: PictureOptions, log: Log): Promise<FreshFrames | undefined> {
  // Asking the file system first keeps a missing camera from blocking the program for OpenCV's own tries.
  if ((await findObstacle(path)) !== undefined) return undefined;
  const camera = openCamera(cv, path, options);
  if (camera === undefined) return undefined;
  log.info(`camera ${path} is back`);
  return new FreshFrames(camera);
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
