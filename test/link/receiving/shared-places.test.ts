import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SharedPlaces } from '../../../src/link/receiving/shared-places.ts';

describe('SharedPlaces', () => {
  test('has one for each name, whoever has it, and it is free when the last has given it back', () => {
    const places = new SharedPlaces(2, 2).of('here');
    assert.deepEqual(
      ['a', undefined, 'a', 'b'].map((name) => places.take(name)),
      [true, true, true, false],
    );
    places.giveBack('a');
    assert.equal(places.take('b'), false);
    places.giveBack('a');
    assert.deepEqual([places.take('b'), places.take('a')], [true, false]);
  });

  test('has some for others when one host has all that it may have', () => {
    const shared = new SharedPlaces(5, 3);
    const [here, there] = [shared.of('here'), shared.of('there')];
    const names = ['a', 'b', 'c', 'd'];
    assert.deepEqual(
      names.map((name) => here.take(name)),
      [true, true, true, false],
    );
    assert.deepEqual(
      ['a', 'x', 'y', 'z'].map((name) => there.take(name)),
      [true, true, true, false],
    );
    for (const name of names.slice(0, 3)) here.giveBack(name);
    assert.deepEqual([shared.of('here').take('d'), there.take('z')], [true, false]);
  });
});
