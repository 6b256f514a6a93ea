import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Mat } from '../../src/opencv/addon.ts';
import { decodeJpeg, encodeCameraPicture } from '../../src/opencv/jpeg.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';
import { compareLevels, decodePixels, encodePlainly, type Pixels, type PlainAddon } from '../support/decoded.ts';
import { makeMedia } from '../support/media.ts';

const cv = loadOpenCv() as PlainAddon;
const quality = 100;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Three planes of 4:4:4 with levels of 16 to 235 and of 16 to 240. */
interface Planes extends Size {
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

type Wave = readonly [across: number, down: number, phase: number];

/** Slow waves, so that no two neighbours are far from each other, and colours that exist in blue-green-red. */
function drawPlanes({ width, height }: Size, [a, b, c]: readonly [Wave, Wave, Wave]): Planes {
  const draw = ([across, down, phase]: Wave, middle: number, reach: number) =>
    Uint8Array.from({ length: width * height }, (_, i) => {
      const angle = (across * (i % width)) / 50 + (down * Math.floor(i / width)) / 50 + phase;
      return Math.round(middle + reach * Math.sin(angle));
    });
  return { width, height, y: draw(a, 126, 50), u: draw(b, 128, 30), v: draw(c, 128, 30) };
}

/** The chroma of a group of `across` x `down` pixels: that of its first one. */
function subsample(plane: Uint8Array, { width, height }: Size, across: number, down: number): Uint8Array {
  const columns = width / across;
  return Uint8Array.from({ length: columns * (height / down) }, (_, i) => {
    const at = Math.floor(i / columns) * down * width + (i % columns) * across;
    return plane[at] ?? 0;
  });
}

const concat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

function interleave(...parts: Uint8Array[]): Uint8Array {
  const [first = new Uint8Array()] = parts;
  return Uint8Array.from({ length: first.length * parts.length }, (_, i) => {
    return parts[i % parts.length]?.[Math.floor(i / parts.length)] ?? 0;
  });
}

/** The bytes of YUYV: of two pixels first the luma of one, then U, the luma of the other, then V. */
function packYuyv(planes: Planes): Uint8Array {
  return interleave(planes.y, interleave(subsample(planes.u, planes, 2, 1), subsample(planes.v, planes, 2, 1)));
}

function packUyvy(planes: Planes): Uint8Array {
  return interleave(interleave(subsample(planes.u, planes, 2, 1), subsample(planes.v, planes, 2, 1)), planes.y);
}

/** How a camera sends the planes: a Mat as OpenCV gives it. */
const formats: Record<string, (planes: Planes) => Mat> = {
  YUYV: (planes) => new cv.Mat(packYuyv(planes), planes.height, planes.width, cv.CV_8UC2),
  UYVY: (planes) => new cv.Mat(packUyvy(planes), planes.height, planes.width, cv.CV_8UC2),
  NV12: (planes) => below(planes, interleave(subsample(planes.u, planes, 2, 2), subsample(planes.v, planes, 2, 2))),
  NV21: (planes) => below(planes, interleave(subsample(planes.v, planes, 2, 2), subsample(planes.u, planes, 2, 2))),
  YU12: (planes) => below(planes, concat(subsample(planes.u, planes, 2, 2), subsample(planes.v, planes, 2, 2))),
  YV12: (planes) => below(planes, concat(subsample(planes.v, planes, 2, 2), subsample(planes.u, planes, 2, 2))),
};

function below({ y, width, height }: Planes, chroma: Uint8Array): Mat {
  return new cv.Mat(concat(y, chroma), (height * 3) / 2, width, cv.CV_8UC1);
}

function fourcc(name: string): number {
  return [...name].reduce((code, letter, i) => code | (letter.charCodeAt(0) << (8 * i)), 0);
}

/** ITU-R BT.601, as OpenCV and FFmpeg turn it into blue-green-red. A group of `across` x `down` pixels has one chroma. */
function toBgr(planes: Planes, across: number, down: number): Mat {
  const bytes = new Uint8Array(planes.width * planes.height * 3);
  const [chromaU, chromaV] = [planes.u, planes.v].map((plane) => subsample(plane, planes, across, down));
  planes.y.forEach((level, i) => {
    const [row, column] = [Math.floor(i / planes.width), i % planes.width];
    const at = Math.floor(row / down) * (planes.width / across) + Math.floor(column / across);
    const y = (level - 16) * (255 / 219);
    const u = (chromaU?.[at] ?? 0) - 128;
    const v = (chromaV?.[at] ?? 0) - 128;
    const colours = [y + 2.017 * u, y - 0.392 * u - 0.813 * v, y + 1.596 * v];
    colours.forEach((colour, channel) => {
      bytes[3 * i + channel] = Math.max(0, Math.min(255, Math.round(colour)));
    });
  });
  return new cv.Mat(bytes, planes.height, planes.width, cv.CV_8UC3);
}

async function encode(mat: Mat, format: string, size?: Size): Promise<Pixels> {
  return decodePixels(cv, (await encodeCameraPicture(cv, mat, fourcc(format), { size, quality })).jpeg);
}

const even = (max: number) => fc.integer({ min: 8, max: max / 2 }).map((half) => 2 * half);
const sourceSize = fc.record({ width: even(90), height: even(70) });
const targetSize = fc.record({ width: fc.integer({ min: 16, max: 100 }), height: fc.integer({ min: 16, max: 80 }) });
const upTo = (max: number) => fc.double({ min: 0, max, noNaN: true });
const wave: fc.Arbitrary<Wave> = fc.tuple(upTo(2), upTo(2), upTo(6));
const waves = fc.tuple(wave, wave, wave);

/** Sizes at which a JPEG of 640x360 is decoded at 1, 1/2, 1/4 and 1/8 of its size. */
const jpegSizes: readonly [what: string, size: Size | undefined][] = [
  ['its own size', undefined],
  ['a larger size', { width: 700, height: 400 }],
  ['most of its size', { width: 480, height: 315 }],
  ['a third of its size', { width: 213, height: 121 }],
  ['a fifth of its size', { width: 128, height: 72 }],
  ['a twelfth of its size', { width: 53, height: 30 }],
];

describe("a camera's picture", () => {
  for (const format of Object.keys(formats)) {
    test(`is within two levels of what OpenCV's own calls make, and four if enlarged, when it comes as ${format}`, async () => {
      await fc.assert(
        fc.asyncProperty(sourceSize, targetSize, waves, async (source, size, drawing) => {
          const planes = drawPlanes(source, drawing);
          const mat = formats[format]?.(planes);
          assert.ok(mat);
          const ours = await encode(mat, format, size);
          const plain = await decodePixels(
            cv,
            await encodePlainly(
              cv,
              toBgr(planes, 2, format.endsWith('VY') || format.endsWith('YV') ? 1 : 2),
              size,
              quality,
            ),
          );
          const { mean } = compareLevels(ours, plain);
          const isShrunk = size.width <= source.width && size.height <= source.height;
          assert.ok(mean <= (isShrunk ? 2 : 4), `${JSON.stringify([source, size])}: levels are ${mean} apart`);
        }),
        { numRuns: 30 },
      );
    });
  }

  for (const format of ['420', '422', '444']) {
    for (const [what, size] of jpegSizes) {
      test(`is within two levels of what OpenCV's own calls make when it comes as a ${format} JPEG and is asked for in ${what}`, async () => {
        const jpeg = await makeJpeg(format);
        const ours = await encode(sentJpeg(jpeg), 'MJPG', size);
        const plain = await decodePixels(cv, await encodePlainly(cv, await decodeJpeg(cv, jpeg), size, quality));
        assert.deepEqual([ours.width, ours.height], [plain.width, plain.height]);
        const { mean } = compareLevels(ours, plain);
        assert.ok(mean <= 2, `levels are ${mean} apart`);
      });
    }
  }

  test('is decoded by OpenCV when it is a JPEG without colours', async () => {
    const gray = new cv.Mat(new Uint8Array(64 * 48).fill(77), 48, 64, cv.CV_8UC1);
    const ours = await encode(sentJpeg(cv.imencode('.jpg', gray, [])), 'MJPG', { width: 30, height: 20 });
    assert.deepEqual(ours, { width: 30, height: 20, bytes: new Uint8Array(30 * 20 * 3).fill(77) });
  });

  test('is sent with what is there when its JPEG is torn', async () => {
    const jpeg = await makeJpeg('420');
    const ours = await encode(sentJpeg(jpeg.subarray(0, jpeg.length / 2)), 'MJPG');
    const whole = await decodePixels(cv, jpeg);
    const firstRows = ours.bytes.subarray(0, whole.width * 3 * 32);
    const { mean } = compareLevels({ ...ours, bytes: firstRows }, whole);
    assert.ok(mean <= 2, `levels of the first rows are ${mean} apart`);
  });

  for (const [what, bytes] of [
    ['text', Buffer.from('no picture at all')],
    ['a JPEG that ends within its head', Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 17)],
  ] as const) {
    test(`is an error when the camera sends ${what}`, async () => {
      const encoding = encodeCameraPicture(cv, sentJpeg(bytes), fourcc('MJPG'), { size: undefined, quality });
      await assert.rejects(encoding, { code: 'OPENCV_FAILED', message: /^Cannot encode a picture of the camera: \w/ });
    });
  }
});

async function makeJpeg(format: string): Promise<Uint8Array> {
  const picture = ['-f', 'lavfi', '-i', 'gradients=size=640x360:seed=7', '-frames:v', '1'];
  const codec = ['-c:v', 'mjpeg', '-q:v', '1', '-pix_fmt', `yuvj${format}p`, '-f', 'mjpeg'];
  return readFile(await makeMedia(`smooth-${format}.jpg`, [...picture, ...codec]));
}

/** The Mat in which OpenCV gives the bytes that a camera sent. */
function sentJpeg(bytes: Uint8Array): Mat {
  return new cv.Mat(bytes, 1, bytes.length, cv.CV_8UC1);
}
