import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SenderResult } from '../../src/delivery/uplink.ts';
import { ResultFeed } from '../../src/results/result-feed.ts';
import { formatEvent, type ResultOutput } from '../../src/results/result-output.ts';
import { FakeTime } from '../support/fake-time.ts';
import { makeResult } from '../support/results.ts';

class TrialOutput implements ResultOutput {
  readonly lines: string[] = [];
  readonly dropped = 0;

  result({ sequence }: SenderResult, line: string): void {
    assert.equal((JSON.parse(line) as { sequence: number }).sequence, sequence);
    this.lines.push(`frame ${sequence}`);
  }

  event(event: 'stale' | 'fresh'): void {
    this.lines.push(event);
  }

  async close(): Promise<void> {}
}

function open(maxAgeMs = 500) {
  const output = new TrialOutput();
  const clock = { nowUs: 1_000_000 };
  const feed = new ResultFeed([output], { camera: 'garden', maxAgeMs }, () => clock.nowUs);
  const take = (sequence: number, ageMs: number) =>
    feed.take(makeResult({ sequence, capturedMonotonicUs: clock.nowUs - ageMs * 1000 }));
  return { output, feed, take };
}

describe('results at the camera', () => {
  test('are handed over while they are fresh, and counted when they are old', async () => {
    using _ = new FakeTime();
    const { output, feed, take } = open();
    feed.start();
    for (const [i, ageMs] of [0, 500, 501, 60_000, -1].entries()) take(i + 1, ageMs);
    assert.deepEqual(output.lines, ['fresh', 'frame 1', 'frame 2']);
    assert.deepEqual([feed.fresh, feed.tooOld], [2, 3]);
    await feed.close();
  });

  test('are told to be stale when no fresh one came for the time, once, and fresh when they come again', async () => {
    using time = new FakeTime();
    const { output, feed, take } = open(100);
    feed.start();
    await time.pass(99);
    take(1, 10);
    await time.pass(99);
    assert.deepEqual(output.lines, ['fresh', 'frame 1']);
    // One that is old changes nothing.
    take(2, 200);
    await time.pass(1);
    assert.deepEqual(output.lines.slice(2), ['stale']);
    await time.pass(1000);
    take(3, 10);
    take(4, 10);
    assert.deepEqual(output.lines.slice(2), ['stale', 'fresh', 'frame 3', 'frame 4']);
    await feed.close();
    await time.pass(1000);
    assert.equal(output.lines.length, 6);
  });

  test('are told to be stale when none comes at all', async () => {
    using time = new FakeTime();
    const { output, feed } = open(100);
    feed.start();
    await time.pass(100);
    assert.deepEqual(output.lines, ['stale']);
    await feed.close();
  });
});

test('an event is a line of JSON', () => {
  assert.equal(formatEvent('stale'), '{"event":"stale"}');
});
