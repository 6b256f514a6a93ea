import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryDelayMs } from '../../src/delivery/retry-delay.ts';

test('retryDelayMs is a second after the first failure', () => {
  assert.equal(retryDelayMs(1, 0.7), 1000);
});

test('retryDelayMs grows to a second and a half and stays there when nothing is left to chance', () => {
  assert.deepEqual(
    [2, 3, 4, 100, 1e6].map((failures) => retryDelayMs(failures, 0)),
    [1300, 1500, 1500, 1500, 1500],
  );
});

test('retryDelayMs is from 0.75 to 1.5 s, whatever the failures and the chance', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const ms = retryDelayMs(failures, random);
      assert.ok(ms >= 750 && ms <= 1500, `${ms}`);
    }),
  );
});

test('retryDelayMs is shorter by the time that the try took, and never below a quarter of a second', () => {
  assert.deepEqual(
    [0, 300, 750, 60_000].map((tookMs) => retryDelayMs(1, 0, tookMs)),
    [1000, 700, 250, 250],
  );
  assert.equal(retryDelayMs(9, 0, 400), 1100);
  assert.equal(retryDelayMs(9, 1, 400), 825);
});
