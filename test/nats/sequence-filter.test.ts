import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SequenceFilter } from '../../src/nats/subscribing/sequence-filter.ts';

test('SequenceFilter counts the frames that are lost between two, and none before the first', () => {
  const filter = new SequenceFilter();
  assert.deepEqual(
    [5, 6, 9].map((sequence) => filter.accept(sequence)),
    [0, 0, 2],
  );
});

test('SequenceFilter knows duplicates, and sequences that a camera sends again after a break', () => {
  const filter = new SequenceFilter();
  filter.accept(2000);
  for (const sequence of [2000, 1999, 1500, 1001, 1002, 1003, 1004, 1005]) {
    assert.equal(filter.accept(sequence), undefined);
  }
});

test('SequenceFilter believes sequences far below when five rise in a row, as the newest was made up', () => {
  const filter = new SequenceFilter();
  filter.accept(9_000_000);
  assert.deepEqual(
    [10, 11, 12, 13, 14, 15].map((sequence) => filter.accept(sequence)),
    [undefined, undefined, undefined, undefined, 0, 0],
  );
});

test('SequenceFilter takes a gap of more than a million for a made-up sequence', () => {
  const filter = new SequenceFilter();
  filter.accept(1);
  assert.equal(filter.accept(1_000_003), 0);
});

test('SequenceFilter begins anew where the sequences do', () => {
  const filter = new SequenceFilter();
  filter.accept(7);
  filter.restart();
  assert.deepEqual([filter.hasFrame, filter.accept(1), filter.hasFrame], [false, 0, true]);
});
