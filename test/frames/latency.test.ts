import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyStatistics } from '../../src/frames/latency.ts';

/** By definition: the smallest value that at least so many percent of all are not above. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted.find((_, i) => (i + 1) * 100 >= percent * sorted.length);
  assert.ok(found !== undefined);
  return found;
}

function percentilesOf(values: readonly number[]) {
  return { p50: percentile(values, 50), p95: percentile(values, 95), p99: percentile(values, 99) };
}

function collect(values: readonly (number | undefined)[]): LatencyStatistics {
  const statistics = new LatencyStatistics();
  for (const us of values) statistics.add(0, us);
  return statistics;
}

test('LatencyStatistics has the percentiles of what it was given, below zero and of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e12, max: 1e12 }), { minLength: 1, maxLength: 300 }), (values) => {
      assert.deepEqual(collect(values).percentiles, percentilesOf(values));
    }),
  );
});

test('LatencyStatistics has the percentiles of any number of frames', () => {
  const statistics = new LatencyStatistics();
  for (let count = 1; count <= 1000; count++) {
    statistics.add(0, count);
    const [p50, p95, p99] = [50, 95, 99].map((percent) => Math.floor((percent * count + 99) / 100));
    assert.deepEqual(statistics.percentiles, { p50, p95, p99 });
  }
});

test('LatencyStatistics forgets all but the last thousand frames', () => {
  const values = Array.from({ length: 2500 }, (_, i) => (i * 7919) % 10_007);
  assert.deepEqual(collect(values).percentiles, percentilesOf(values.slice(-1000)));
});

test('LatencyStatistics has no percentiles where no clocks are compared, and leaves such frames out', () => {
  assert.equal(collect([undefined, undefined]).percentiles, undefined);
  const statistics = collect([5, undefined]);
  assert.deepEqual(statistics.percentiles, { p50: 5, p95: 5, p99: 5 });
  assert.equal(statistics.newestUs, undefined);
  assert.equal(collect([undefined, 5]).newestUs, 5);
});

test('LatencyStatistics has the jitter of RFC 3550: a sixteenth of the way to each difference', () => {
  const statistics = new LatencyStatistics();
  const jitter = [100, 260, 260, 100].map((transitUs) => {
    statistics.add(transitUs, undefined);
    return statistics.jitterUs;
  });
  assert.deepEqual(jitter, [undefined, 10, 9.375, 18.7890625]);
});

test('LatencyStatistics has a jitter that no offset of the clocks changes', () => {
  const transits = [3, 8, 1, 900, 4];
  const [near, far] = [0, 3_600_000_000].map((offsetUs) => {
    const statistics = new LatencyStatistics();
    for (const us of transits) statistics.add(us + offsetUs, undefined);
    return statistics.jitterUs;
  });
  assert.equal(near, far);
});
