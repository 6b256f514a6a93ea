import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { chooseCuttings, cut } from '../../../scripts/fuzz/cuttings.ts';
import { Random } from '../../../scripts/fuzz/random.ts';

for (const length of [0, 1, 2, 100, 100_000]) {
  test(`an input of ${length} bytes comes whole, and then in pieces that make the same`, () => {
    const random = new Random(length);
    const input = random.bytes(length);
    for (const all of [true, false]) {
      const counts: number[] = [];
      for (let i = 0; i < 20; i++) {
        for (const cutting of chooseCuttings(length, () => [1, 10, 30].filter((at) => at < length), random, all)) {
          const pieces = [...cut(input, cutting)];
          assert.ok(Buffer.concat(pieces).equals(input));
          assert.ok(pieces.every((piece) => piece.length > 0 && piece.length === piece.buffer.byteLength));
          counts.push(pieces.length);
        }
      }
      assert.equal(counts[0], length === 0 ? 0 : 1);
      assert.ok(Math.max(...counts) <= 40_000);
      if (length === 100 && all) assert.equal(Math.max(...counts), 100);
    }
  });
}
