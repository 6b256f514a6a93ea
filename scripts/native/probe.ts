import { ok, strictEqual } from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

// Run by the Node of the target, perhaps under emulation: node probe.ts DIRECTORY. Tries the addon in DIRECTORY: a
// picture there and back, and every call that would have ended the process. Ends with 0 and "ok", or throws.

interface Mat {
  rows: number;
  cols: number;
  getData(): Buffer;
}

interface OpenCv {
  Mat: new (...args: unknown[]) => Mat;
  VideoCapture: { new (path: string): unknown; prototype: Record<string, unknown> };
  CV_8UC3: number;
  IMREAD_COLOR: number;
  VideoReader: new (path: unknown) => unknown;
  listCaptureFormats(path: unknown): object;
  encodeCameraAsync(...args: unknown[]): void;
  imencode(extension: string, mat: Mat, flags?: number[]): Buffer;
  imdecode(bytes: Buffer, flags: number): Mat;
  imdecodeAsync(bytes: Buffer, flags: number, done: (error: Error | null, mat: Mat) => void): void;
  imshow(name: string, mat: Mat): void;
  waitKey(ms: number): number;
  namedWindow(name: string): void;
  destroyWindow(name: string): void;
  destroyAllWindows(): void;
}

const directory = resolve(process.argv[2] ?? '.');
const cv = createRequire(join(directory, 'x'))('./opencv4nodejs.node') as OpenCv;

function expectError(what: string, call: () => unknown): void {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  ok(thrown instanceof Error && thrown.message !== '', `${what} gave ${String(thrown)}, expected an Error`);
}

function decode(bytes: Buffer): Promise<Mat> {
  return new Promise((resolve, reject) =>
    cv.imdecodeAsync(bytes, cv.IMREAD_COLOR, (error, mat) => (error === null ? resolve(mat) : reject(error))),
  );
}

/** The JPEG with another size in its frame header: the picture itself is far too short for it. */
function claimSize(jpeg: Buffer, width: number, height: number): Buffer {
  const lying = Buffer.from(jpeg);
  const header = lying.indexOf(Buffer.from([0xff, 0xc0]));
  ok(header > 0, 'the encoder wrote no baseline frame header');
  lying.writeUInt16BE(height, header + 5);
  lying.writeUInt16BE(width, header + 7);
  return lying;
}

const picture = new cv.Mat(48, 64, cv.CV_8UC3, [10, 200, 60]);
const jpeg = cv.imencode('.jpg', picture);
const decoded = cv.imdecode(jpeg, cv.IMREAD_COLOR);
strictEqual(`${decoded.cols}x${decoded.rows}`, '64x48');
ok(Math.abs((decoded.getData()[1] ?? 0) - 200) <= 2, 'the decoded picture has another colour');
strictEqual((await decode(jpeg)).rows, 48);

expectError('imdecode of nothing', () => cv.imdecode(Buffer.alloc(0), cv.IMREAD_COLOR));
for (const side of [65_500, 27_000]) {
  const lying = claimSize(jpeg, side, side);
  expectError(`imdecode of ${side}x${side}`, () => cv.imdecode(lying, cv.IMREAD_COLOR));
  const outcome = await decode(lying).catch((error: unknown) => error);
  ok(outcome instanceof Error, `imdecodeAsync of ${side}x${side} gave no Error`);
}
expectError('imshow without a display', () => cv.imshow('x', picture));
expectError('waitKey without a display', () => cv.waitKey(1));
expectError('namedWindow without a display', () => cv.namedWindow('x'));
expectError('destroyWindow without a display', () => cv.destroyWindow('x'));
expectError('destroyAllWindows without a display', () => cv.destroyAllWindows());
expectError('a Mat of a short buffer', () => new cv.Mat(Buffer.alloc(10), 100, 100, cv.CV_8UC3));
expectError('a Mat of no buffer', () => new cv.Mat(7, 100, 100, cv.CV_8UC3));
expectError('a capture of a missing file', () => new cv.VideoCapture('/nonexistent.mp4'));
for (const path of ['/nonexistent.mp4', '/dev/null', 7]) {
  expectError(`a VideoReader of ${path}`, () => new cv.VideoReader(path));
}
expectError('a VideoReader without new', () => (cv.VideoReader as unknown as () => void)());
expectError('encodeCameraAsync of no picture', () => cv.encodeCameraAsync(7));
expectError('encodeCameraAsync of a size of 0', () => cv.encodeCameraAsync(picture, 0, 0, 5, 90, () => {}));
for (const path of ['/nonexistent', '/dev/null', 7]) {
  expectError(`listCaptureFormats of ${path}`, () => cv.listCaptureFormats(path));
}
for (const method of ['readAsync', 'grabAsync', 'retrieveAsync', 'get', 'set', 'release']) {
  strictEqual(typeof cv.VideoCapture.prototype[method], 'function', `VideoCapture has no ${method}`);
}
process.stdout.write('ok\n');
