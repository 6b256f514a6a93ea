import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Addon, callAddon, type Mat } from '../../src/opencv/addon.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';

type RawMat = Mat & { getData(): Uint8Array };
type RawAddon = Addon & { Mat: new (data: Uint8Array, rows: number, cols: number, type: number) => RawMat };

/** The mean of the source pixels that each result pixel covers, by the share covered: what INTER_AREA is, done plainly. */
function shrinkPlainly(pixels: Uint8Array, cols: number, rows: number, width: number, height: number): number[] {
  const result: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        forEachCovered(y, rows / height, rows, (row, shareDown) => {
          forEachCovered(x, cols / width, cols, (col, shareAcross) => {
            sum += (pixels[(row * cols + col) * 3 + channel] ?? 0) * shareDown * shareAcross;
          });
        });
        result.push(sum);
      }
    }
  }
  return result;
}

function forEachCovered(at: number, scale: number, end: number, take: (index: number, share: number) => void): void {
  for (let i = Math.floor(at * scale); i < Math.min(end, Math.ceil((at + 1) * scale)); i++) {
    take(i, (Math.min((at + 1) * scale, i + 1) - Math.max(at * scale, i)) / scale);
  }
}

test('a resize with INTER_AREA is within one level of the true mean, for any picture and any smaller size', async () => {
  const cv = loadOpenCv() as RawAddon;
  const side = fc.integer({ min: 1, max: 40 });
  await fc.assert(
    fc.asyncProperty(side, side, side, side, fc.integer(), async (a, b, c, d, seed) => {
      const [width, cols] = [Math.min(a, b), Math.max(a, b)];
      const [height, rows] = [Math.min(c, d), Math.max(c, d)];
      let state = seed;
      const pixels = Uint8Array.from({ length: cols * rows * 3 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return (state >>> 28) % 3 === 0 ? 255 : state >>> 24;
      });
      const mat = new cv.Mat(pixels, rows, cols, cv.CV_8UC3);
      const small = await callAddon<Mat>((done) => mat.resizeAsync(height, width, 0, 0, cv.INTER_AREA, done));
      const got = (small as RawMat).getData();
      shrinkPlainly(pixels, cols, rows, width, height).forEach((level, i) => {
        const off = Math.abs((got[i] ?? Number.NaN) - level);
        assert.ok(off <= 1, `${cols}x${rows} to ${width}x${height}: ${got[i]} is not ${level}`);
      });
    }),
    { numRuns: 300 },
  );
});
