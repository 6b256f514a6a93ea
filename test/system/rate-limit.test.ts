import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RateLimit } from '../../src/system/rate-limit.ts';

function open(burst: number, perSecond: number) {
  let nowMs = 0;
  const limit = new RateLimit({ burst, perSecond }, () => nowMs);
  const takeAll = (key: string, times: number) => Array.from({ length: times }, () => limit.take(key)).filter(Boolean);
  return {
    takeAll,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('RateLimit', () => {
  test('lets so much happen at once, and so much more in each second', () => {
    const { takeAll, pass } = open(5, 2);
    assert.equal(takeAll('a', 20).length, 5);
    pass(1000);
    assert.equal(takeAll('a', 20).length, 2);
    pass(400);
    assert.equal(takeAll('a', 1).length, 0);
    pass(100);
    assert.equal(takeAll('a', 1).length, 1);
    pass(60_000);
    assert.equal(takeAll('a', 20).length, 5);
  });

  test('counts for each key by itself, and goes on however many there are', () => {
    const { takeAll } = open(2, 1);
    assert.equal(takeAll('good', 1).length, 1);
    for (let i = 0; i < 20_000; i++) assert.equal(takeAll(`other ${i}`, 3).length, 2);
    assert.ok(takeAll('good', 1).length === 1);
  });
});
