import { CodedError } from '../../../src/errors.ts';
import { encodeCameraPicture } from '../../../src/opencv/jpeg.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { type ByteAddon, loadNative } from './native-addon.ts';
import { expectPicture } from './native-jpeg.ts';
import { toBytes } from './seeds.ts';

/** The formats without compression, by their names in V4L2. `packed`: two bytes for each pixel. */
const formats = [
  { name: 'YUYV', isPacked: true },
  { name: 'UYVY', isPacked: true },
  { name: 'NV12', isPacked: false },
  { name: 'NV21', isPacked: false },
  { name: 'YU12', isPacked: false },
  { name: 'YV12', isPacked: false },
] as const;
const max = { cols: 96, rows: 72, size: 128 } as const;
const headBytes = 6;

/** The bytes of a driver, in rows, and the format that it says they have. */
interface Sent {
  readonly format: (typeof formats)[number];
  readonly cols: number;
  readonly rows: number;
  /** Whether each column has two bytes. */
  readonly isWide: boolean;
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly bytes: Uint8Array;
}

/** Six bytes of numbers, then the bytes of the picture, of which missing ones are zeros. */
function readSent(input: Uint8Array): Sent {
  const [kind = 0, cols = 0, rows = 0, isWide = 0, width = 0, height = 0] = input;
  const sent = {
    format: formats[kind % formats.length] as Sent['format'],
    cols: 1 + (cols % max.cols),
    rows: 1 + (rows % max.rows),
    isWide: isWide % 2 === 1,
    size: width === 0 ? undefined : { width: 1 + (width % max.size), height: 1 + (height % max.size) },
  };
  const bytes = new Uint8Array(sent.cols * sent.rows * (sent.isWide ? 2 : 1));
  bytes.set(input.subarray(headBytes, headBytes + bytes.length));
  return { ...sent, bytes };
}

/** The size of the picture; undefined where so many bytes in rows are none of the format. */
function sizeOf({ format, cols, rows, isWide }: Sent): { width: number; height: number } | undefined {
  if (cols % 2 !== 0 || isWide !== format.isPacked) return undefined;
  if (format.isPacked) return { width: cols, height: rows };
  return rows % 3 === 0 ? { width: cols, height: (rows * 2) / 3 } : undefined;
}

function seed(random: Random): Uint8Array {
  const kind = random.below(formats.length);
  const isPacked = formats[kind]?.isPacked === true;
  const cols = 2 * random.between(1, max.cols / 2);
  const rows = isPacked ? random.between(1, max.rows) : 3 * random.between(1, max.rows / 3);
  const size = random.oneIn(3) ? [0, 0] : [random.between(1, max.size - 1), random.between(0, max.size - 1)];
  const pixels = random.bytes(cols * rows * (isPacked ? 2 : 1));
  return Uint8Array.from([kind, cols - 1, rows - 1, isPacked ? 1 : 0, ...size, ...pixels]);
}

/** As a camera's picture that is not compressed. */
async function check(cv: ByteAddon, input: Uint8Array): Promise<Outcome> {
  const sent = readSent(input);
  const { format, rows, cols, isWide, size, bytes } = sent;
  const expected = sizeOf(sent);
  const outcome = (code: string | undefined) => ({
    code,
    signature: `${format.name} ${code} ${size !== undefined}`,
    bytes: bytes.length,
  });
  const mat = new cv.Mat(bytes, rows, cols, isWide ? cv.CV_8UC2 : cv.CV_8UC1);
  const fourcc = new DataView(toBytes(format.name).buffer).getUint32(0, true);
  try {
    const picture = await encodeCameraPicture(cv, mat, fourcc, { size, quality: 90 });
    expectPicture(picture);
    const { width, height } = size ?? expected ?? {};
    if (expected === undefined) throw new Failure(`${cols}x${rows} is no ${format.name}, and it is encoded`);
    if (picture.width !== width || picture.height !== height) {
      throw new Failure(`${width}x${height} was wanted, and it is ${picture.width}x${picture.height}`);
    }
    return outcome(undefined);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'OPENCV_FAILED') throw error;
    if (expected !== undefined) throw new Failure(`${cols}x${rows} of ${format.name} fails: ${error.message}`);
    return outcome(error.code);
  }
}

/** The native encoder of what cameras send without compression. */
export function openNativeCamera(): Target {
  const cv = loadNative();
  return { seed, structure: { cuts: () => [1, 2, 3, 4, headBytes], tokens: [] }, check: (input) => check(cv, input) };
}
