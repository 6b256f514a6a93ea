import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { ResultLines } from '../../src/results/result-lines.ts';
import { TrialPipe } from '../support/pipe.ts';
import { makeResult } from '../support/results.ts';
import { TrialLog } from '../support/trial-log.ts';
import { until } from '../support/until.ts';

describe('the lines of --results', () => {
  test('are printed one after another, events among them', async () => {
    await using pipe = await TrialPipe.open();
    const lines = new ResultLines(new TrialLog(), pipe.descriptor);
    lines.event('fresh');
    lines.result(makeResult(), '{"sequence":1}');
    const expected = '{"event":"fresh"}\n{"sequence":1}\n';
    assert.equal(Buffer.from(await pipe.read(expected.length)).toString(), expected);
    await lines.close();
  });

  test('are dropped and counted while nobody reads, and the program goes on', async () => {
    await using pipe = await TrialPipe.open();
    const lines = new ResultLines(new TrialLog(), pipe.descriptor);
    await until(() => {
      for (let i = 0; i < 10; i++) lines.result(makeResult(), 'x'.repeat(2000));
      return lines.dropped > 100;
    });
    await lines.close();
  });

  test('end when their reader is gone, with one line in the log', async () => {
    await using pipe = await TrialPipe.open();
    const log = new TrialLog();
    const lines = new ResultLines(log, pipe.descriptor);
    await pipe.closeReader();
    await until(() => {
      lines.result(makeResult(), '{}');
      return log.lines.length > 0;
    });
    lines.event('stale');
    await lines.close();
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0] ?? '', /^warn: The reader of --results is gone: no more results are printed/);
  });
});
