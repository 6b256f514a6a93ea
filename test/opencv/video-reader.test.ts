import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { callAddon, type Mat, type VideoPicture } from '../../src/opencv/addon.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';
import { readVideo } from '../../src/opencv/video-reader.ts';
import { compareLevels, decodePixels, encodePlainly, type Pixels, type PlainAddon } from '../support/decoded.ts';
import { makeMedia } from '../support/media.ts';

const cv = loadOpenCv() as PlainAddon;
const ffmpegBackEnd = 1900;
const quality = 100;
const frames = 5;
/** Levels, on average. FFmpeg's way to blue-green-red alone rounds down by up to two. */
const maxApart = 2.1;

/** Smooth, as a camera's pictures are: a sharp edge of colour would test how chroma is halved. */
function smooth(size: string): string[] {
  return ['-f', 'lavfi', '-i', `gradients=size=${size}:rate=25:speed=0.05:seed=7`, '-frames:v', String(frames)];
}

const h264 = ['-c:v', 'libx264', '-crf', '4', '-pix_fmt', 'yuv420p'];
const ffv1 = (format: string) => ['-c:v', 'ffv1', '-pix_fmt', format];
const mjpeg = (format: string) => ['-c:v', 'mjpeg', '-q:v', '1', '-pix_fmt', format];

/** Formats of pixels and files: the name of the file, and ffmpeg's options. */
const files: readonly [name: string, size: string, options: readonly string[]][] = [
  ['h264.mp4', '640x360', h264],
  ['odd.mkv', '321x243', ffv1('yuv420p')],
  ['full-420.avi', '640x360', mjpeg('yuvj420p')],
  ['full-422.avi', '640x360', mjpeg('yuvj422p')],
  ['full-444.avi', '640x360', mjpeg('yuvj444p')],
  ['422.mkv', '640x360', ffv1('yuv422p')],
  ['444.mkv', '640x360', ffv1('yuv444p')],
  ['ten-bits.mkv', '640x360', ffv1('yuv420p10le')],
  ['gray.mkv', '640x360', ffv1('gray')],
  ['rgb.mkv', '640x360', ffv1('bgr0')],
  ['turned-90.mp4', '640x360', [...h264, '-metadata:s:v:0', 'rotate=90']],
  ['turned-180.mp4', '640x360', [...h264, '-metadata:s:v:0', 'rotate=180']],
  ['turned-270.mp4', '640x360', [...h264, '-metadata:s:v:0', 'rotate=270']],
];

function make([name, size, options]: (typeof files)[number]): Promise<string> {
  return makeMedia(`smooth-${name}`, [...smooth(size), ...options]);
}

type Size = { width: number; height: number };

async function readAll(path: string, size?: Size): Promise<VideoPicture[]> {
  const reader = new cv.VideoReader(path);
  const pictures: VideoPicture[] = [];
  try {
    for (;;) {
      const picture = await readVideo(reader, { size, quality });
      if (picture === undefined) return pictures;
      pictures.push(picture);
    }
  } finally {
    reader.release();
  }
}

/** As the Python programs do it. */
async function readPlainly(path: string, size?: Size): Promise<Uint8Array[]> {
  const capture = new cv.VideoCapture(path, ffmpegBackEnd);
  const jpegs: Uint8Array[] = [];
  for (;;) {
    const mat = await callAddon<Mat>((done) => capture.readAsync(done));
    if (mat.empty) return jpegs;
    jpegs.push(await encodePlainly(cv, mat, size, quality));
  }
}

const sizes: readonly [what: string, size: Size | undefined][] = [
  ['its own size', undefined],
  ['a smaller size', { width: 240, height: 157 }],
  ['a larger size', { width: 700, height: 500 }],
  ['a twentieth of its size', { width: 32, height: 18 }],
];

describe('a video file', () => {
  for (const file of files) {
    for (const [what, size] of sizes) {
      test(`${file[0]} gives the pictures of OpenCV's own calls when they are asked for in ${what}`, async () => {
        const path = await make(file);
        const pictures = await readAll(path, size);
        const expected = await readPlainly(path, size);
        assert.equal(pictures.length, expected.length);
        for (const [i, picture] of pictures.entries()) {
          const [ours, plain] = await decodeBoth(picture.jpeg, expected[i]);
          assert.deepEqual([picture.width, picture.height], [plain.width, plain.height]);
          const { mean } = compareLevels(ours, plain);
          assert.ok(mean <= maxApart, `frame ${i}: levels are ${mean} apart`);
        }
      });
    }
  }

  for (const format of ['bgr0', 'gbrp']) {
    for (const size of ['35x19', '3x3', '1x1']) {
      test(`of ${format} has the colour in its last column too when it is ${size}`, async () => {
        const source = ['-f', 'lavfi', '-i', `color=red:size=${size}:rate=25,format=rgb24`, '-frames:v', '1'];
        const [picture] = await readAll(await makeMedia(`red-${size}-${format}.mkv`, [...source, ...ffv1(format)]));
        const { bytes } = await decodePixels(cv, picture?.jpeg as Uint8Array);
        for (let at = 0; at < bytes.length; at += 3) {
          const [blue = 99, green = 99, red = 0] = bytes.subarray(at, at + 3);
          assert.ok(blue < 8 && green < 8 && red > 247, `pixel ${at / 3} is ${blue}, ${green}, ${red}`);
        }
      });
    }
  }

  test('has the time of each frame when the file says it', async () => {
    const pictures = await readAll(await make(['h264.mp4', '640x360', h264]));
    assert.deepEqual(
      pictures.map(({ atMs }) => Math.round(atMs)),
      [0, 40, 80, 120, 160],
    );
  });

  test('goes on with pictures of the new size when its pictures change their size', async () => {
    const parts = ['640x360', '320x240'].map((size) =>
      makeMedia(`smooth-${size}.ts`, [...smooth(size), ...h264, '-f', 'mpegts']),
    );
    await withFile(
      Buffer.concat(await Promise.all((await Promise.all(parts)).map((path) => readFile(path)))),
      async (path) => {
        const pictures = await readAll(path);
        const sizes = pictures.map(({ width, height }) => `${width}x${height}`);
        assert.deepEqual(sizes, [...Array(frames).fill('640x360'), ...Array(frames).fill('320x240')]);
      },
    );
  });

  test('gives the frames that can be decoded when a part of the file is damaged', async () => {
    const bytes = await readFile(await make(['h264.mp4', '640x360', h264]));
    // The first frame of such a file takes more than half of it.
    bytes.fill(0x55, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 500);
    await withFile(bytes, async (path) => {
      const pictures = await readAll(path);
      assert.ok(pictures.length >= 1 && pictures.length <= frames, `${pictures.length} pictures`);
    });
  });

  for (const [what, bytes] of [
    ['empty', new Uint8Array()],
    ['of text', Buffer.from('no video\n'.repeat(1000))],
  ] as const) {
    test(`throws an Error with the reason when it is ${what}`, async () => {
      await withFile(bytes, async (path) => {
        assert.throws(() => new cv.VideoReader(path), /^Error: Cannot \w+ .*the file/);
      });
    });
  }

  test('throws an Error when a second picture is asked for before the first is there', async () => {
    const reader = new cv.VideoReader(await make(['h264.mp4', '640x360', h264]));
    const first = readVideo(reader, { size: undefined, quality });
    await assert.rejects(readVideo(reader, { size: undefined, quality }), /one call at a time/);
    assert.equal((await first)?.width, 640);
    reader.release();
    await assert.rejects(readVideo(reader, { size: undefined, quality }), /the video is closed/);
  });

  test('gives its picture when it is closed before that is there', async () => {
    const reader = new cv.VideoReader(await make(['h264.mp4', '640x360', h264]));
    const first = readVideo(reader, { size: undefined, quality });
    reader.release();
    assert.equal((await first)?.width, 640);
  });
});

async function withFile(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-test-'));
  try {
    await writeFile(join(folder, 'video'), bytes);
    await use(join(folder, 'video'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function decodeBoth(ours: Uint8Array, plain: Uint8Array | undefined): Promise<[Pixels, Pixels]> {
  assert.ok(plain);
  return [await decodePixels(cv, ours), await decodePixels(cv, plain)];
}
