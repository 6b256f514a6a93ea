import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Scratch } from '../../scripts/cli/scratch.ts';
import { encodeJpeg } from '../../scripts/demo/jpeg.ts';
import { startPreview } from '../../scripts/demo/preview.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';
import { readWholeJpeg } from '../../src/protocol/jpeg/whole-jpeg.ts';
import { decodePixels } from '../support/decoded.ts';

const limits = { maxFrameBytes: 1_000_000, maxWidth: 1000, maxHeight: 1000 };

describe('demo', () => {
  for (const [width, height] of [
    [64, 48],
    [33, 17],
  ] as const) {
    test(`a drawn JPEG of ${width}x${height} has the colours that were painted`, async () => {
      // Smooth, with every colour somewhere, and a hard edge.
      const paint = (x: number, y: number) =>
        x < 5
          ? 0xff8000
          : (Math.round((255 * x) / width) << 16) | (Math.round((255 * y) / height) << 8) | (255 - 3 * x);
      const { bytes } = await decodePixels(loadOpenCv(), encodeJpeg(width, height, paint));
      assert.equal(bytes.length, 3 * width * height);
      let sum = 0;
      for (let i = 0; i < width * height; i++) {
        const color = paint(i % width, Math.floor(i / width));
        for (const [channel, level] of [color & 255, (color >> 8) & 255, color >> 16].entries()) {
          sum += Math.abs(level - (bytes[3 * i + channel] ?? Number.NaN));
        }
      }
      assert.ok(sum / bytes.length < 3, `the mean error is ${sum / bytes.length}`);
    });
  }

  test('a drawn JPEG may be sent', () => {
    const jpeg = encodeJpeg(40, 30, (x) => x * 6);
    const picture = readWholeJpeg(jpeg, limits);
    assert.ok('jpeg' in picture, JSON.stringify(picture));
    assert.deepEqual([picture.width, picture.height, picture.jpeg.length], [40, 30, jpeg.length]);
  });

  test('the preview shows pictures on a page, without OpenCV', async () => {
    using scratch = new Scratch('demo');
    await using preview = await startPreview(scratch.path);
    const response = await fetch(new URL('snapshot/preview.jpg', preview.page));
    const picture = readWholeJpeg(new Uint8Array(await response.arrayBuffer()), limits);
    assert.equal(response.status, 200);
    assert.ok('jpeg' in picture, JSON.stringify(picture));
    assert.deepEqual([picture.width, picture.height], [480, 320]);
  });
});
