import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countScans } from '../../../src/protocol/jpeg/jpeg-scans.ts';

test('countScans counts the scans and stops at one more than the limit', () => {
  const scan = [0xff, 0xda, 0x00, 0x02, 0x12, 0xff, 0x00, 0xff, 0xd3];
  const jpeg = (scans: number) => Uint8Array.from([0xff, 0xd8, ...Array(scans).fill(scan).flat(), 0xff, 0xd9]);
  assert.equal(countScans(jpeg(0), 100), 0);
  assert.equal(countScans(jpeg(7), 100), 7);
  assert.equal(countScans(jpeg(5000), 100), 101);
});
