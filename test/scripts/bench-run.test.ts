import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Bench } from '../../scripts/bench/context.ts';
import { divideRounds, percentile, summarize } from '../../scripts/bench/ratios.ts';
import { isReached } from '../../scripts/bench/report/result.ts';
import type { Contender, Row } from '../../scripts/bench/row.ts';
import { runRow } from '../../scripts/bench/run.ts';
import { makeBenchRow } from '../support/bench-row.ts';

const bench = { seconds: 1 } as Bench;
const run = (row: Row, rounds: number) => runRow(row, bench, { rounds, say: () => undefined });

describe('the summary of rounds', () => {
  test('has the median of the values in the middle, whatever their order', () => {
    assert.deepEqual(summarize([3, 1, 2]), { min: 1, median: 2, max: 3 });
    assert.deepEqual(summarize([4, 1, 3, 2]), { min: 1, median: 2.5, max: 4 });
  });

  test('has no number where there are no values', () => {
    assert.deepEqual(summarize([]), { min: Number.NaN, median: Number.NaN, max: Number.NaN });
  });

  test('divides values of the same round only', () => {
    assert.deepEqual(divideRounds([10, 20, 30], [5, Number.NaN, 10]), [2, 3]);
    assert.deepEqual(divideRounds([10, 20], [5]), [2]);
  });

  test('takes the value that a share of the values does not exceed', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.equal(percentile(values, 0.99), 99);
    assert.equal(percentile(values, 0.5), 50);
  });
});

describe('a row', () => {
  test('runs its contenders by turns', async () => {
    const order: string[] = [];
    const contender = (name: string): Contender => ({
      name,
      role: 'ours',
      run: async () => {
        order.push(name);
        return { fps: 1 };
      },
    });
    await run({ ...makeBenchRow(), contenders: { a: contender('A'), b: contender('B') } }, 3);
    assert.equal(order.join(''), 'ABABAB');
  });

  test('has the ratio of each round, and its range', async () => {
    const row = makeBenchRow({ ours: [200, 330, 100], peer: [100, 110, 100] });
    const [figure] = (await run(row, 3)).figures;
    assert.deepEqual([figure?.min, figure?.median, figure?.max, figure?.rounds], [1, 2, 3, 3]);
    assert.deepEqual([figure?.sides?.of, figure?.sides?.against], [200, 100]);
  });

  test('has values where a figure is no ratio, and divides by another quantity where it says so', async () => {
    const figures = [
      { key: 'value', title: 'value', quantity: 'fps', of: 'peer' },
      { key: 'own', title: 'own', quantity: 'fps', against: 'peer', againstQuantity: 'start' },
    ];
    const peer: Contender = { name: 'peer', role: 'peer', run: async () => ({ fps: 7, start: 2 }) };
    const row = makeBenchRow({ ours: [10] });
    const [value, own] = (await run({ ...row, figures, contenders: { ...row.contenders, peer } }, 1)).figures;
    assert.deepEqual([value?.median, value?.unit], [7, 'frames a second']);
    assert.deepEqual([own?.median, own?.unit], [5, 'ratio']);
  });

  test('goes on without the values of a round that failed', async () => {
    const row = makeBenchRow({ ours: [200, undefined, 300], peer: [100, 100, 100] });
    const { figures, contenders } = await run(row, 3);
    assert.deepEqual([figures[0]?.min, figures[0]?.max, figures[0]?.rounds], [2, 3, 2]);
    assert.equal(contenders.ours?.failure, 'no value');
    assert.equal(contenders.peer?.failure, undefined);
  });

  test('leaves out a contender that failed twice', async () => {
    const { figures, contenders } = await run(makeBenchRow({ ours: [1, 1, 1, 1], peer: [] }), 4);
    assert.equal(contenders.peer?.rounds.length, 2);
    assert.equal(contenders.ours?.rounds.length, 4);
    assert.equal(figures[0]?.rounds, 0);
    assert.ok(Number.isNaN(figures[0]?.median));
  });
});

test('a goal is reached from the side that is better', async () => {
  const [figure] = (await run(makeBenchRow({ ours: [3], peer: [1] }), 1)).figures;
  assert.ok(figure);
  assert.equal(isReached({ ...figure, goal: 3 }), true);
  assert.equal(isReached({ ...figure, goal: 3.1 }), false);
  assert.equal(isReached({ ...figure, goal: 3.1, better: 'less' }), true);
  assert.equal(isReached({ ...figure, goal: 2.9, better: 'less' }), false);
  assert.equal(isReached({ ...figure, goal: undefined }), undefined);
  assert.equal(isReached({ ...figure, goal: 1, median: Number.NaN }), undefined);
});
