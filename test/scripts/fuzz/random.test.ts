import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../scripts/fuzz/random.ts';

test('Random gives the same numbers for the same seed, and others for another', () => {
  const draw = (seed: string) => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.uint32());
  };
  assert.deepEqual(draw('a'), draw('a'));
  assert.equal(new Set([...draw('a'), ...draw('b'), ...draw('a/classic/0')]).size, 60);
});

test('Random gives each number below a limit about as often, and none beyond', () => {
  const random = new Random('even');
  const counts = new Map<number, number>();
  for (let i = 0; i < 60_000; i++) {
    const number = random.between(-1, 4);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].sort(), [-1, 0, 1, 2, 3, 4]);
  for (const count of counts.values()) assert.ok(count > 9_500 && count < 10_500, `${count}`);
});
