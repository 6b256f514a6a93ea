import { CodedError } from '../errors.ts';
import { countScans } from '../protocol/jpeg/jpeg-scans.ts';
import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';
import { Semaphore } from '../system/semaphore.ts';
import { type Addon, callAddon, type EncodedPicture, type Mat, openCvFailed, ownSize } from './addon.ts';

/**
 * Up to this size a picture is encoded at once: a hop to another thread and back would take as
 * long.
 */
const hopPixels = 640 * 480;

/** How a picture is encoded. */
export interface EncodingOptions {
  /** Undefined keeps that of the picture. */
  readonly size: PictureSize | undefined;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
}

/**
 * Resizes the picture (area interpolation, as the Python programs do) where `size` is another, and
 * encodes it. Releases `mat`.
 * @throws CodedError OPENCV_FAILED
 */
export async function encodeJpeg(cv: Addon, mat: Mat, { size, quality }: EncodingOptions): Promise<EncodedPicture> {
  let picture = mat;
  try {
    if (size !== undefined && (mat.cols !== size.width || mat.rows !== size.height)) {
      picture = await callAddon((done) => mat.resizeAsync(size.height, size.width, 0, 0, cv.INTER_AREA, done));
      mat.release();
    }
    const parameters = [cv.IMWRITE_JPEG_QUALITY, quality];
    const isSmall = picture.cols * picture.rows <= hopPixels;
    const jpeg = isSmall
      ? cv.imencode('.jpg', picture, parameters)
      : await callAddon<Uint8Array>((done) => cv.imencodeAsync('.jpg', picture, parameters, done));
    return { jpeg, width: picture.cols, height: picture.rows };
  } catch (error) {
    throw openCvFailed('encode a picture', error);
  } finally {
    picture.release();
    if (picture !== mat) mat.release();
  }
}

/**
 * Encodes what a camera sent in the format `fourcc`, in its luma and chroma: that is faster than to
 * make it blue-green-red first. Releases `sent`.
 * @throws CodedError OPENCV_FAILED when it is no picture
 */
export async function encodeCameraPicture(
  cv: Addon,
  sent: Mat,
  fourcc: number,
  options: EncodingOptions,
): Promise<EncodedPicture> {
  const { width, height } = options.size ?? ownSize;
  try {
    const encode = callAddon<EncodedPicture | null>((done) =>
      cv.encodeCameraAsync(sent, fourcc, width, height, options.quality, done),
    );
    const encoded = await encode.catch((error: unknown) => {
      throw openCvFailed('encode a picture of the camera', error);
    });
    // A JPEG of a kind that cameras do not send.
    return encoded ?? (await encodeJpeg(cv, await decodeJpeg(cv, sent.getData()), options));
  } finally {
    sent.release();
  }
}

/** Encoders make ten scans or so. */
const maxScans = 100;

/** Half of the threads may decode at once: the same threads write files. */
const semaphore = new Semaphore(4);

/**
 * The pixels of a JPEG, blue-green-red or grey. The caller releases them.
 * @throws CodedError OPENCV_FAILED when it is damaged beyond showing
 */
export async function decodeJpeg(cv: Addon, jpeg: Uint8Array, flags = cv.IMREAD_COLOR): Promise<Mat> {
  if (countScans(jpeg, maxScans) > maxScans) {
    throw new CodedError('OPENCV_FAILED', `Cannot decode a picture as it may have ${maxScans} scans: it has more`);
  }
  const decoding = semaphore.run(() => callAddon<Mat>((done) => cv.imdecodeAsync(jpeg, flags, done)));
  const mat = await decoding.catch((error: unknown) => {
    throw openCvFailed('decode a picture', error);
  });
  if (mat.empty)
    throw new CodedError('OPENCV_FAILED', `Cannot decode a picture of ${jpeg.length} bytes: it is damaged`);
  return mat;
}
