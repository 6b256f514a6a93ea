import { CodedError } from '../../../src/errors.ts';
import type { Addon, EncodedPicture, Mat } from '../../../src/opencv/addon.ts';
import { decodeJpeg, encodeCameraPicture } from '../../../src/opencv/jpeg.ts';
import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { checkPictureSize, type FrameLimits } from '../../../src/protocol/frame.ts';
import { readJpegSize } from '../../../src/protocol/jpeg/jpeg-head.ts';
import type { PictureSize } from '../../../src/protocol/jpeg/jpeg-size.ts';
import { readWholeJpeg } from '../../../src/protocol/jpeg/whole-jpeg.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { type ByteAddon, loadNative } from './native-addon.ts';
import { toBytes } from './seeds.ts';
import { jpegStructure } from './structures.ts';

/** Smaller than those of the receiver, so that an input takes a millisecond. */
const limits: FrameLimits = { maxFrameBytes: 16_000_000, maxWidth: 640, maxHeight: 480 };
/** Each of a hundred scans goes through the whole picture. */
const baseMs = 2000;
/** Properties of encoders by the numbers of OpenCV. */
const encoder = { quality: 1, progressive: 2, optimize: 3, restartInterval: 4, sampling: 7 } as const;
const mjpg = 0x47504a4d;
const samplings = [0x411111, 0x221111, 0x211111, 0x121111, 0x111111] as const;

/** A call into native code with a JPEG. Gives the kind of its result. */
type NativeCall = (cv: ByteAddon, jpeg: Uint8Array, size: PictureSize) => Promise<string>;

/** As `--decode` and `--show` do. */
async function decode(cv: Addon, jpeg: Uint8Array, { width, height }: PictureSize): Promise<string> {
  const mat = await decodeJpeg(cv, jpeg);
  const { cols, rows } = mat;
  mat.release();
  // EXIF may turn a picture.
  const isSame = (cols === width && rows === height) || (cols === height && rows === width);
  if (!isSame) throw new Failure(`the head says ${width}x${height}, and it is decoded to ${cols}x${rows}`);
  return cols === width ? 'decoded' : 'turned';
}

/** As a camera's JPEG that is encoded again. */
const encodeOwnSize: NativeCall = (cv, jpeg) => encode(cv, jpeg, undefined);
/** The same with another size, smaller or larger, so that it is decoded at each of its scales. */
const encodeOtherSize: NativeCall = (cv, jpeg, { width, height }) =>
  encode(cv, jpeg, { width: 1 + ((jpeg.length * 7) % (width + 9)), height: 1 + ((jpeg.length * 5) % (height + 9)) });

async function encode(cv: ByteAddon, jpeg: Uint8Array, size: PictureSize | undefined): Promise<string> {
  const picture = await encodeCameraPicture(cv, new cv.Mat(jpeg, 1, jpeg.length, cv.CV_8UC1), mjpg, {
    size,
    quality: 90,
  });
  expectPicture(picture);
  if (size !== undefined && (picture.width !== size.width || picture.height !== size.height)) {
    throw new Failure(`${size.width}x${size.height} was wanted, and it is ${picture.width}x${picture.height}`);
  }
  return 'encoded';
}

/** @throws Failure where it is no whole JPEG of the size that is told */
export function expectPicture({ jpeg, width, height }: EncodedPicture): void {
  const whole = readWholeJpeg(jpeg, { maxFrameBytes: 2 ** 31, maxWidth: 65_535, maxHeight: 65_535 });
  if ('jpeg' in whole && whole.width === width && whole.height === height) return;
  throw new Failure(`${width}x${height} is told, and the JPEG is: ${JSON.stringify({ ...whole, jpeg: undefined })}`);
}

/** Everything that native code does with a JPEG from outside. A further call is one line here. */
const calls: readonly NativeCall[] = [decode, encodeOwnSize, encodeOtherSize];

async function check(cv: ByteAddon, input: Uint8Array): Promise<Outcome> {
  const size = readSize(input);
  if (size instanceof ProtocolError) return { code: size.code, signature: size.code, bytes: input.length };
  const kinds: string[] = [];
  for (const call of calls) kinds.push(await tryCall(call, cv, input, size));
  const code = kinds.find((kind) => kind.startsWith('OPENCV_FAILED'))?.split(' ')[0];
  return { code, signature: `${kinds.join('; ')} ${listMarkers(input)}`, bytes: input.length };
}

/** Another set of markers takes a decoder another way. */
function listMarkers(input: Uint8Array): number[] {
  return [...new Set(jpegStructure.cuts(input).map((at) => input[at + 1] ?? 0))].sort();
}

/** The size, which is checked before any native code has the JPEG. */
function readSize(input: Uint8Array): PictureSize | ProtocolError {
  try {
    const size = readJpegSize(input);
    checkPictureSize(size, limits);
    return size;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

async function tryCall(call: NativeCall, cv: ByteAddon, input: Uint8Array, size: PictureSize): Promise<string> {
  try {
    return await call(cv, input, size);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'OPENCV_FAILED') throw error;
    return `${error.code} ${error.message.replaceAll(/\d+/g, '#')}`;
  }
}

/** A picture with edges and text, as one encoder or another may write it. */
export function seedRealJpeg(cv: Addon, random: Random): Uint8Array {
  const mat = drawMat(cv, random);
  const parameters = [
    [encoder.quality, random.pick([5, 50, 95, 100])],
    [encoder.progressive, random.below(2)],
    [encoder.optimize, random.below(2)],
    [encoder.restartInterval, random.pick([0, 0, 1, 4])],
    [encoder.sampling, random.pick(samplings)],
  ];
  const jpeg = new Uint8Array(cv.imencode('.jpg', mat, parameters.flat()));
  mat.release();
  return random.oneIn(4) ? withOrientation(jpeg, random.between(0, 9)) : jpeg;
}

function drawMat(cv: Addon, random: Random): Mat {
  const [width, height] = [random.between(1, 80), random.between(1, 60)];
  const color = () => random.below(256);
  const mat = new cv.Mat(height, width, cv.CV_8UC3, [color(), color(), color()]);
  for (let i = random.below(4); i > 0; i--) {
    const corner = () => new cv.Point2(random.below(width), random.below(height));
    mat.drawRectangle(corner(), corner(), new cv.Vec3(color(), color(), color()), random.between(1, 3));
  }
  return mat;
}

/** With the segment of EXIF by which cameras say how they were held. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = [...toBytes('MM\0*'), 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const inner = [...toBytes('Exif\0\0'), ...tiff];
  return joinBytes([jpeg.subarray(0, 2), [0xff, 0xe1, 0, inner.length + 2], inner, jpeg.subarray(2)]);
}

/** The native decoders of JPEGs. */
export function openNativeJpeg(): Target {
  const cv = loadNative();
  return {
    seed: (random) => seedRealJpeg(cv, random),
    structure: jpegStructure,
    check: (input) => check(cv, input),
    baseMs,
  };
}
