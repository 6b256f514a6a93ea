import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheFor } from '../../../src/sinks/web/cache-for.ts';

test('cacheFor makes an answer once for all requests within its time, and anew for later ones', () => {
  let nowMs = 1000;
  let made = 0;
  const ask = cacheFor(
    () => ++made,
    250,
    () => nowMs,
  );
  assert.deepEqual([ask(), ask()], [1, 1]);
  nowMs += 249;
  assert.equal(ask(), 1);
  nowMs += 1;
  assert.deepEqual([ask(), ask()], [2, 2]);
});
