import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FrameInterval } from '../../src/matroska/frame-interval.ts';
import { countDropped } from './trial-matroska.ts';

function measure(timesUs: readonly number[]): FrameInterval {
  const interval = new FrameInterval();
  for (const atUs of timesUs) interval.add(atUs);
  return interval;
}

/** Times of frames so many microseconds after one another. */
function sum(steps: readonly number[]): number[] {
  const times = [0];
  for (const step of steps) times.push((times.at(-1) ?? 0) + step);
  return times;
}

const repeat = (count: number, us: number) => Array.from({ length: count }, () => us);
const near = (actual: number, wanted: number) => assert.ok(Math.abs(actual / wanted - 1) < 0.05, `${actual}`);

describe('the interval of frames', () => {
  test('is the average where a camera keeps its rate, also when its frames are late and early', () => {
    assert.equal(measure([]).us, 40_000);
    assert.equal(measure([0]).us, 40_000);
    assert.equal(measure([0, 100_000]).us, 100_000);
    const times = Array.from({ length: 9000 }, (_, i) => i * 33_333 + (i % 7) * 3000);
    const { us, averageUs } = measure(times);
    assert.equal(us, averageUs);
    assert.equal(averageUs, (times.at(-1) ?? 0) / 8999);
  });

  test('is that of the fastest frames where the rate changes', () => {
    const [slow, fast] = [repeat(20, 200_000), repeat(50, 40_000)];
    for (const steps of [
      [...slow, ...fast],
      [...fast, ...slow],
      [...slow, ...fast, ...slow],
    ])
      near(measure(sum(steps)).us, 40_000);
    near(measure(sum([...repeat(30, 100_000), 60_000_000, ...repeat(30, 100_000)])).us, 100_000);
  });

  test('is not that of frames that waited and came at once', () => {
    const waited = [300_000, 500, 500, 99_000];
    near(measure(sum([...repeat(20, 100_000), ...waited, ...repeat(20, 100_000)])).us, 100_000);
  });

  test('stays where ffmpeg takes it', () => {
    assert.equal(measure(sum(repeat(100, 1))).us, 1e6 / 999);
    assert.equal(measure(repeat(100, 0)).us, 40_000);
    assert.equal(measure([0, 2 ** 47]).us, 3_600_000_000);
  });

  test('is one at which no frame is dropped that came by itself', () => {
    // Times are whole microseconds: sums of fractions would be a little under the limit.
    const period = fc.record({
      count: fc.nat(30),
      us: fc.integer({ min: 10_000, max: 2_000_000 }),
      late: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const property = (periods: { count: number; us: number; late: number }[]) => {
      const steps = periods.flatMap(({ count, us, late }) =>
        Array.from({ length: count }, (_, i) => Math.max(10_000, Math.round(us * (1 + (i % 2 === 0 ? late : -late))))),
      );
      const times = sum(steps);
      const { us } = measure(times);
      assert.equal(countDropped(times, us, true), 0);
      assert.equal(countDropped(times, us, false), 0);
    };
    fc.assert(fc.property(fc.array(period, { maxLength: 8 }), property), { numRuns: 2000 });
  });

  test('takes little time and memory, also of frames that come faster and faster', () => {
    const interval = new FrameInterval();
    let atUs = 0;
    for (let i = 0; i < 20_000; i++) {
      interval.add(atUs);
      atUs += 10_000 + (20_000 - i) * 10;
    }
    near(interval.us, 10_000);
  });
});
