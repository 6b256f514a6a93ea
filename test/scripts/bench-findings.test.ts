import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, type Figure, findRatios, findWorse } from '../../scripts/bench/against/findings.ts';

const rate: Figure = { name: 'frames a second', better: 'more', digits: 0, isJudged: true };
const latency: Figure = { name: 'p50, ms', better: 'less', digits: 2, isJudged: true };
const spread: Figure = { name: 'p99, ms', better: 'less', digits: 2, isJudged: false };

test('a ratio is over 1 where the new one is better', () => {
  assert.deepEqual(findRatios({ figure: rate, old: [100, 200], new: [110, 100] }), [1.1, 0.5]);
  assert.deepEqual(findRatios({ figure: latency, old: [1, 2], new: [2, 1] }), [0.5, 2]);
});

test('findWorse gives the judged figures whose median is below the bound', () => {
  const slower = { figure: rate, old: [100, 100, 100], new: [90, 96, 200] };
  const good = { figure: latency, old: [1, 1, 1], new: [9, 1, 0.5] };
  const unjudged = { figure: spread, old: [1], new: [9] };
  assert.deepEqual(findWorse([slower, good, unjudged], 0.97), [slower]);
  assert.deepEqual(findWorse([slower], 0.96), []);
});

test('findWorse gives a figure that could not be measured', () => {
  const unknown = { figure: rate, old: [100], new: [Number.NaN] };
  assert.deepEqual(findWorse([unknown], 0.97), [unknown]);
});

test('describe says the ratio with its range, and both medians', () => {
  const text = describe({ figure: rate, old: [100, 100, 100], new: [90, 101, 120] });
  assert.equal(text, 'frames a second: 1.01 (0.90 to 1.20), 100 before and 101 now');
});
