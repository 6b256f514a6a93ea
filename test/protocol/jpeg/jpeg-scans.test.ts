import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countScans } from '../../../src/protocol/jpeg/jpeg-scans.ts';

test('countScans counts the scans and stops at one more than the limit', () => {
  const scan = [0xff, 0xda, 0x00, 0x02, 0x12, 0xff, 0x00, 0xff, 0xd3];
  const jpeg = (scans: number) => Uint8Array.from([0xff, 0xd8, ...Array(scans).fill(scan).flat(), 0xff, 0xd9]);
  assert.equal(countScans(jpeg(0), 100), 0);
  assert.equal(countScans(jpeg(7), 100), 7);
  assert.equal(countScans(jpeg(5000), 100), 101);
});

test('countScans counts each FF DA, wherever it is', () => {
  const part = fc.oneof(
    fc.constantFrom([0xff], [0xda], [0xff, 0xda], [0xff, 0xff, 0xda], [0xff, 0xd8], [0xff, 0x00]),
    fc.nat({ max: 600 }).map((length) => Array<number>(length).fill(0x55)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const jpeg = parts.flat();
      const scans = jpeg.filter((byte, i) => byte === 0xda && jpeg[i - 1] === 0xff).length;
      assert.equal(countScans(Uint8Array.from(jpeg), 100), scans);
    }),
  );
});
