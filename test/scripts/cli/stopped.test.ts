import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatCount } from '../../../scripts/cli/format-count.ts';
import { concludeRun, stoppedByUser } from '../../../scripts/cli/stopped.ts';

function end(reason?: unknown) {
  const stop = new AbortController();
  stop.abort(reason);
  return { signal: stop.signal, startMs: 1000, minutes: 1, nowMs: 13_400 };
}

describe('the verdict of a run', () => {
  test('is that of a whole run where its time has ended it', () => {
    assert.deepEqual(concludeRun(end(), undefined, 'all is well'), { words: 'all is well', code: 0 });
    assert.deepEqual(concludeRun(end(), '2 faults', 'all is well'), { words: '2 faults', code: 1 });
  });

  test('is never good where the user stopped it, and says how long it ran', () => {
    const { words, code } = concludeRun(end(stoppedByUser), undefined, 'all is well');
    assert.deepEqual([words, code], ['stopped after 12 s of 60 s: no fault until then', 130]);
    const found = concludeRun(end(stoppedByUser), '2 faults', 'all is well');
    assert.deepEqual([found.words, found.code], ['2 faults; stopped after 12 s of 60 s', 1]);
  });
});

test('one thing is not called several', () => {
  assert.deepEqual([formatCount(1, 'target'), formatCount(0, 'target')], ['1 target', '0 targets']);
  assert.equal(formatCount(2, 'promise was', 'promises were'), '2 promises were');
});
