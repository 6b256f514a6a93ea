import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { readJpegSize } from '../../../src/protocol/jpeg/jpeg-head.ts';
import { readWholeJpeg } from '../../../src/protocol/jpeg/whole-jpeg.ts';
import { tinyJpeg } from '../../support/jpeg.ts';

const jpeg = tinyJpeg(640, 480);

function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('a camera’s JPEG', () => {
  test('is passed on as it is when it is whole', () => {
    assert.deepEqual(readWholeJpeg(jpeg, defaultFrameLimits), { jpeg, width: 640, height: 480 });
  });

  const tails: [what: string, bytes: Uint8Array | number[]][] = [
    ['zeros are', new Uint8Array(5000)],
    ['the end of another is', jpeg.subarray(-60)],
    ['another one is', tinyJpeg(320, 240)],
    ['one byte is', [0xff]],
  ];
  for (const [what, bytes] of tails) {
    test(`ends with its EOI when ${what} behind it`, () => {
      assert.deepEqual(readWholeJpeg(join(jpeg, bytes), defaultFrameLimits), { jpeg, width: 640, height: 480 });
    });
  }

  test('gets the standard Huffman tables and is else as it was when it has none', () => {
    const bare = tinyJpeg(64, 48, 100, { hasTables: false });
    const found = readWholeJpeg(bare, defaultFrameLimits);
    assert.ok('jpeg' in found);
    const added = found.jpeg.length - bare.length;
    assert.equal(added, 420);
    const at = found.jpeg.findIndex((byte, i) => byte === 0xff && found.jpeg[i + 1] === 0xc4);
    assert.deepEqual(join(found.jpeg.subarray(0, at), found.jpeg.subarray(at + added)), bare);
    assert.deepEqual(readJpegSize(found.jpeg), { width: 64, height: 48 });
  });

  const small = { ...defaultFrameLimits, maxFrameBytes: jpeg.length - 1 };
  const narrow = { ...defaultFrameLimits, maxWidth: 639 };
  const unfit: [when: string, bytes: Uint8Array, code: string, reason: RegExp, limits?: typeof small][] = [
    ['it is empty', new Uint8Array(), 'NOT_JPEG', /empty/],
    ['its beginning is missing', jpeg.subarray(10), 'NOT_JPEG', /does not begin with FF D8/],
    ['its end is missing', jpeg.subarray(0, -1), 'TORN_FRAME', /torn/],
    ['another begins within it', join(jpeg.subarray(0, -9), jpeg), 'TORN_FRAME', /torn/],
    ['it is cut within its tables', jpeg.subarray(0, 20), 'TORN_FRAME', /torn/],
    ['its markers make no sense', join(jpeg.subarray(0, 2), [7], jpeg), 'NOT_JPEG', /no marker at byte 2/],
    ['it is too long', jpeg, 'FRAME_TOO_LONG', new RegExp(`<= ${jpeg.length - 1} bytes: it has ${jpeg.length}`), small],
    ['it is too large', jpeg, 'PICTURE_TOO_LARGE', /<= 639x4096: it is 640x480/, narrow],
  ];
  for (const [when, bytes, code, reason, limits = defaultFrameLimits] of unfit) {
    test(`is skipped with the reason when ${when}`, () => {
      const found = readWholeJpeg(bytes, limits);
      assert.ok('code' in found);
      assert.equal(found.code, code);
      assert.equal(found.bytes, bytes.length);
      assert.match(found.reason, reason);
    });
  }
});
