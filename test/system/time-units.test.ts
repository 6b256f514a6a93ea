import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDuration, parseDuration, parseDurationWithUnit } from '../../src/system/time-units.ts';

describe('formatDuration', () => {
  for (const [ms, text] of [
    [500, '0.5s'],
    [30_000, '30s'],
    [90_000, '1.5m'],
    [3_600_000, '1h'],
    [7 * 86_400_000, '7d'],
    [60 * 86_400_000, '60d'],
  ] as const) {
    test(`writes ${ms} ms as ${text}, which is read as the same`, () => {
      assert.equal(formatDuration(ms), text);
      assert.equal(parseDuration(text), ms);
    });
  }
});

describe('parseDuration', () => {
  test('takes a bare number for seconds, but not where a unit is needed', () => {
    assert.equal(parseDuration('10'), 10_000);
    assert.equal(parseDurationWithUnit('10'), Number.NaN);
    assert.equal(parseDurationWithUnit('10s'), 10_000);
  });

  for (const text of ['', 's', '-1s', '1 s', '1x', '1e3s', '0x10']) {
    test(`takes '${text}' for no time`, () => {
      assert.equal(parseDuration(text), Number.NaN);
    });
  }
});
