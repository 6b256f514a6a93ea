import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fourccText } from '../../../src/sources/camera/fourcc.ts';

test('a pixel format reads as its four characters when it is made of such', () => {
  assert.equal(fourccText(0x47504a4d), 'MJPG');
  assert.equal(fourccText(0x20303159), 'Y10');
  // V4L2_PIX_FMT_Y16_BE, whose topmost bit says big-endian.
  assert.equal(fourccText(0xa0363159), 'Y16');
  assert.equal(fourccText(-1), '????');
  assert.equal(fourccText(0x1b4a4a1b), '?JJ?');
});
