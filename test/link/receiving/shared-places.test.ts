import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedPlaces } from '../../../src/link/receiving/shared-places.ts';

test('SharedPlaces has one for each name, whoever has it, and it is free when the last has given it back', () => {
  const places = new SharedPlaces(2);
  assert.deepEqual(
    ['a', undefined, 'a', 'b'].map((name) => places.take(name)),
    [true, true, true, false],
  );
  places.giveBack('a');
  assert.equal(places.take('b'), false);
  places.giveBack('a');
  assert.deepEqual([places.take('b'), places.take('a')], [true, false]);
});
