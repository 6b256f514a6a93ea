import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Pace } from '../../src/sources/pace.ts';

/** Takes a frame whenever `Pace` says so, while the clock goes on in steps; gives the times of the frames. */
function run(intervalMs: number, stepsMs: readonly number[]): number[] {
  let nowMs = 1_000_000;
  const clock = mock.method(performance, 'now', () => nowMs);
  try {
    const pace = new Pace(intervalMs);
    const taken: number[] = [];
    for (const stepMs of [0, ...stepsMs]) {
      nowMs += stepMs;
      if (pace.waitMs > 0) continue;
      pace.advance();
      taken.push(nowMs - 1_000_000);
    }
    return taken;
  } finally {
    clock.mock.restore();
  }
}

test('Pace takes the first frame at once and then one each interval', () => {
  assert.deepEqual(run(100, Array(10).fill(50)), [0, 100, 200, 300, 400, 500]);
});

test('Pace keeps the mean rate when frames come in steps that do not fit the interval', () => {
  const taken = run(95, Array(300).fill(33));
  const meanMs = (taken.at(-1) ?? 0) / (taken.length - 1);
  assert.ok(Math.abs(meanMs - 95) < 1, `${meanMs}`);
});

test('Pace sends no burst when it was held up', () => {
  assert.deepEqual(run(100, [1000, 10, 10, 80]), [0, 1000, 1100]);
});

test('Pace never waits when the interval is 0', () => {
  assert.deepEqual(run(0, [0, 1, 0]), [0, 0, 1, 1]);
});
