import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeQrCode, type QrCode } from '../../src/qr/qr-code.ts';
import { readQrCode } from '../../src/qr/read-qr-code.ts';
import { sharpen } from '../../src/qr/sharpen.ts';
import { drawSvgPath } from '../../src/qr/svg-path.ts';
import { drawInTerminal } from '../../src/qr/terminal.ts';

const text = 'image-sender join 3k7m-9q2x-ab12-cd3x --host 192.168.1.5';

/** A module is `scale` pixels wide. */
function toPicture(code: QrCode, scale: number) {
  const width = code.length * scale;
  const at = (i: number) => code[Math.floor(i / width / scale)]?.[Math.floor((i % width) / scale)];
  return { width, height: width, pixels: Uint8Array.from({ length: width * width }, (_, i) => (at(i) ? 20 : 230)) };
}

describe('a QR code', () => {
  test('has four light modules at each side', () => {
    const code = makeQrCode(text);
    assert.equal(code.length, 33 + 8);
    const isEdge = (i: number) => i < 4 || i >= code.length - 4;
    const dark = code.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [{ x, y }] : [])));
    assert.ok(dark.every(({ x, y }) => !isEdge(x) && !isEdge(y)));
    assert.equal(code[4]?.[4], true);
  });

  test('is read from a picture, also where it is blurred and of little contrast', () => {
    const picture = toPicture(makeQrCode(text), 4);
    assert.equal(readQrCode(picture), text);
    const softened = sharpen(picture, { radius: 2, amount: -1 });
    assert.equal(readQrCode({ ...softened, pixels: softened.pixels.map((value) => 90 + value / 8) }), text);
  });

  test('is not read where there is none, nor in a picture of one pixel', () => {
    assert.equal(readQrCode({ width: 64, height: 48, pixels: new Uint8Array(64 * 48).fill(128) }), undefined);
    const noise = Uint8Array.from({ length: 64 * 48 }, (_, i) => (i * 7919) % 251);
    assert.equal(readQrCode({ width: 64, height: 48, pixels: noise }), undefined);
    assert.equal(readQrCode({ width: 1, height: 1, pixels: Uint8Array.of(0) }), undefined);
  });
});

describe('sharpen', () => {
  test('averages over a square, and goes on with the last values beyond the edges', () => {
    const picture = { width: 3, height: 3, pixels: Uint8Array.of(0, 0, 90, 0, 0, 90, 0, 0, 90) };
    const { pixels } = sharpen(picture, { radius: 1, amount: -1 });
    assert.deepEqual([...pixels], [0, 30, 60, 0, 30, 60, 0, 30, 60]);
  });

  test('leaves even areas as they are, and stays between black and white', () => {
    const even = { width: 5, height: 2, pixels: new Uint8Array(10).fill(77) };
    assert.deepEqual(sharpen(even, { radius: 4, amount: 8 }), even);
    const edge = { width: 4, height: 1, pixels: Uint8Array.of(50, 50, 200, 200) };
    assert.deepEqual([...sharpen(edge, { radius: 1, amount: 8 }).pixels], [50, 0, 255, 200]);
  });
});

describe('a drawing of a QR code', () => {
  const code = makeQrCode(text);

  test('in a terminal has two modules a character, in colours of its own', () => {
    const lines = drawInTerminal(code);
    assert.equal(lines.length, Math.ceil(code.length / 2));
    const drawn: boolean[][] = [];
    for (const line of lines) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of terminals
      const pairs = [...line.matchAll(/\u001b\[38;5;(16|231)m\u001b\[48;5;(16|231)m\u2580/g)];
      drawn.push(pairs.map(([, upper]) => upper === '16'), pairs.map(([, , lower]) => lower === '16')); // biome-ignore format: two rows
      assert.ok(line.endsWith('\u001b[0m'));
    }
    assert.deepEqual(drawn.slice(0, code.length), code);
    assert.ok(drawn.slice(code.length).every((row) => row.every((isDark) => !isDark)));
  });

  test('as a path of SVG has every dark module once', () => {
    const drawn = code.map((row) => row.map(() => 0));
    const path = drawSvgPath(code);
    assert.match(path, /^(M\d+ \d+h\d+v1h-\d+z)+$/);
    for (const [, x, y, width, back] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
      assert.equal(width, back);
      const row = drawn[Number(y)] as number[];
      for (let i = 0; i < Number(width); i++) row[Number(x) + i] = (row[Number(x) + i] ?? 0) + 1;
    }
    assert.deepEqual(drawn, code.map((row) => row.map(Number))); // biome-ignore format: one table
  });
});
