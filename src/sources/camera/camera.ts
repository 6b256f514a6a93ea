import { CodedError } from '../../errors.ts';
import type { Addon, EncodedPicture, Mat } from '../../opencv/addon.ts';
import type { CameraInput } from '../../opencv/camera-input.ts';
import { encodeCameraPicture, encodeJpeg } from '../../opencv/jpeg.ts';
import { type CapturedFrame, defaultFrameLimits } from '../../protocol/frame.ts';
import { readWholeJpeg } from '../../protocol/jpeg/whole-jpeg.ts';
import { pause } from '../../system/abort.ts';
import { errorLine } from '../../system/error-line.ts';
import type { Log } from '../../system/log.ts';
import { Pace } from '../pace.ts';
import { SkipLog } from '../skip-log.ts';
import { describeDriver, devicePath, findProblem } from './camera-device.ts';
import { type CameraOptions, isSameSize, openCamera, type ReadyCamera } from './camera-setup.ts';
import { LatestFrameGrabber, type Retrieve } from './latest-frame-grabber.ts';

const reopenPauseMs = 1000;

/** A picture that must be encoded. */
interface UnencodedPicture {
  readonly mat: Mat;
  /** The format in which the camera sent it; undefined: `mat` holds blue-green-red. */
  readonly fourcc: number | undefined;
}

/** Pixels, or the camera's own JPEG. */
type CameraPicture = UnencodedPicture | EncodedPicture;
type CameraFrames = LatestFrameGrabber<CameraPicture>;

/**
 * Pictures of a V4L2 camera, for ever, each the newest when it is due; a camera that goes is opened
 * again when it is back.
 * @param device number or path
 * @throws CodedError SOURCE_FAILED when it cannot be opened the first time, or must deliver JPEGs
 * and has none
 */
export async function* captureCamera(
  cv: Addon,
  device: string,
  options: CameraOptions,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const opener = new CameraOpener(cv, devicePath(device), options, log);
  let camera: CameraFrames | undefined = await opener.openFirst();
  const pace = new Pace(options.intervalMs);
  let hasDelivered = false;
  try {
    while (!signal.aborted) {
      if (camera === undefined) {
        await pause(reopenPauseMs, signal);
        camera = await opener.reopen();
        continue;
      }
      await pause(pace.waitMs, signal);
      const capture = await camera.next();
      if (capture !== undefined) {
        pace.advance();
        const encoded = await opener.encode(capture.picture);
        camera.report(encoded !== undefined);
        if (encoded === undefined) continue;
        hasDelivered = true;
        yield { ...encoded, ...capture.time };
      } else if (!signal.aborted) {
        await opener.judgeLoss(camera, hasDelivered);
        await camera.close();
        camera = undefined;
      }
    }
  } finally {
    await camera?.close();
  }
}

/** Opens one camera, again and again, and says what it gives. */
class CameraOpener {
  readonly #cv: Addon;
  readonly #path: string;
  readonly #log: Log;
  readonly #skipped: SkipLog;
  #options: CameraOptions;
  #isForwarding = false;
  #said = '';

  constructor(cv: Addon, path: string, options: CameraOptions, log: Log) {
    this.#cv = cv;
    this.#path = path;
    this.#options = options;
    this.#log = log;
    this.#skipped = options.skipped ?? new SkipLog(log, `camera ${path}`);
  }

  /** @throws CodedError SOURCE_FAILED */
  async openFirst(): Promise<CameraFrames> {
    const problem = await findProblem(this.#path);
    const camera = problem === undefined ? await openCamera(this.#cv, this.#path, this.#options) : undefined;
    if (camera === undefined) throw this.#fail(problem ?? (await describeDriver(this.#path)));
    return this.#start(camera);
  }

  async reopen(): Promise<CameraFrames | undefined> {
    // Asking the file system first keeps a missing camera from blocking the program for OpenCV's
    // own tries.
    if ((await findProblem(this.#path)) !== undefined) return undefined;
    const camera = await openCamera(this.#cv, this.#path, this.#options).catch((error: Error) => {
      // It may be on its way out once more, or another may be in its place: whoever sent pictures
      // waits for its return.
      this.#sayOnce('warn', error.message);
    });
    if (camera === undefined) return undefined;
    this.#log.info(`camera ${this.#path} is back`);
    return this.#start(camera);
  }

  /**
   * Says why there are no pictures any more.
   * @throws CodedError SOURCE_FAILED when there never were any
   */
  async judgeLoss(frames: CameraFrames, hasDelivered: boolean): Promise<void> {
    if (!frames.isUnfit) {
      if (!hasDelivered) throw this.#fail(await describeDriver(this.#path));
      this.#log.warn(`camera ${this.#path} gives no pictures any more; waiting for it to come back`);
    } else if (!this.#isForwarding) {
      if (!hasDelivered) throw this.#fail('it gives no picture that can be decoded');
      this.#log.warn(`camera ${this.#path} gives no picture any more that can be decoded; opening it again`);
    } else if (hasDelivered) {
      this.#log.warn(`camera ${this.#path} gives no JPEG any more that can be forwarded; opening it again`);
    } else if (this.#options.passthrough === undefined) {
      this.#log.warn(`camera ${this.#path} gives no JPEG that can be forwarded; they are decoded and encoded again`);
      this.#options = { ...this.#options, passthrough: false };
    } else {
      throw this.#fail('it gives no JPEG that can be forwarded. Leave out --passthrough to have them decoded');
    }
  }

  /** Undefined where the camera sent no picture; that is counted. */
  async encode(picture: CameraPicture): Promise<EncodedPicture | undefined> {
    if ('jpeg' in picture) return picture;
    const { mat, fourcc } = picture;
    if (fourcc === undefined) return encodeJpeg(this.#cv, mat, this.#options);
    const bytes = mat.rows * mat.cols;
    try {
      return await encodeCameraPicture(this.#cv, mat, fourcc, this.#options);
    } catch (error) {
      this.#skipped.add({ bytes, code: 'NOT_JPEG', reason: errorLine(error) });
      return undefined;
    }
  }

  #start({ input, jpegSize, rawFormat }: ReadyCamera): CameraFrames {
    this.#isForwarding = jpegSize !== undefined;
    if (jpegSize === undefined) {
      const retrieve = rawFormat === undefined ? retrieveConverted : this.#retrieveRaw(rawFormat);
      return new LatestFrameGrabber<CameraPicture>(input, retrieve);
    }
    const { size } = this.#options;
    const { width, height } = jpegSize;
    const instead =
      size === undefined || isSameSize(size, jpegSize) ? '' : `, as it has none of ${size.width}x${size.height}`;
    const forwarded = `its own JPEGs of ${width}x${height} are forwarded${instead}`;
    this.#sayOnce('info', `camera ${this.#path}: ${forwarded}; --quality does not apply`);
    return new LatestFrameGrabber<CameraPicture>(input, this.#retrieveJpeg);
  }

  readonly #retrieveJpeg: Retrieve<CameraPicture> = async (camera) => {
    const mat = await camera.retrieveRaw();
    const bytes = mat?.getData() ?? new Uint8Array();
    mat?.release();
    const found = readWholeJpeg(bytes, this.#options.limits ?? defaultFrameLimits);
    if ('jpeg' in found) return found;
    this.#skipped.add(found);
    return 'unfit';
  };

  /** The bytes of the camera, to be encoded later: the next frame is fetched meanwhile. */
  #retrieveRaw(fourcc: number): Retrieve<CameraPicture> {
    return async (camera) => {
      const mat = await camera.retrieveRaw();
      if (mat !== undefined) return { mat, fourcc };
      this.#skipped.add({ bytes: 0, code: 'NOT_JPEG', reason: 'a picture is empty' });
      return 'unfit';
    };
  }

  #sayOnce(level: keyof Log, line: string): void {
    if (line !== this.#said) this.#log[level](line);
    this.#said = line;
  }

  #fail(reason: string): CodedError {
    return new CodedError('SOURCE_FAILED', `Cannot open camera ${this.#path}: ${reason}`);
  }
}

/** Blue-green-red, where OpenCV alone knows what the camera sends. */
async function retrieveConverted(camera: CameraInput): Promise<UnencodedPicture | undefined> {
  const mat = await camera.retrieve();
  return mat && { mat, fourcc: undefined };
}
