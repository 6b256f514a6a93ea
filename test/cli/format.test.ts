import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLatency, formatProgress, Rate } from '../../src/cli/format.ts';
import { formatBytes } from '../../src/system/byte-units.ts';

test('formatBytes writes bytes with the unit that fits', () => {
  assert.deepEqual([999, 1500, 2_000_000, 3.21e9].map(formatBytes), ['999 B', '1.5 kB', '2.0 MB', '3.21 GB']);
});

test('formatLatency writes milliseconds, and seconds from ten on', () => {
  assert.deepEqual([1500, -2000, 12_345_678].map(formatLatency), ['1.5 ms', '-2.0 ms', '12.3 s']);
});

test('formatProgress fills its bar by the share that is done, and no further', () => {
  assert.equal(formatProgress(5, 10, 10), '[#####-----]  50 %  5/10');
  assert.equal(formatProgress(12, 10, 4), '[####] 100 %  12/10');
});

test('Rate gives the growth per second over its window and forgets what was before', () => {
  const rate = new Rate(1000);
  assert.equal(rate.sample(0, 0), 0);
  assert.equal(rate.sample(10, 500), 20);
  assert.equal(rate.sample(10, 1000), 10);
  rate.sample(10, 2000);
  assert.equal(rate.sample(10, 3000), 0);
});
