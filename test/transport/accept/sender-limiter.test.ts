import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SenderLimiter } from '../../../src/transport/accept/sender-limiter.ts';

describe('SenderLimiter', () => {
  test('has one for each name, whichever client has it, and it is free when the last has given it back', () => {
    const places = new SenderLimiter(2, 2).of('here');
    assert.deepEqual(
      ['a', undefined, 'a', 'b'].map((name) => places.acquire(name)),
      [true, true, true, false],
    );
    places.release('a');
    assert.equal(places.acquire('b'), false);
    places.release('a');
    assert.deepEqual([places.acquire('b'), places.acquire('a')], [true, false]);
  });

  test('has some for others when one host has all that it may have', () => {
    const shared = new SenderLimiter(5, 3);
    const [here, there] = [shared.of('here'), shared.of('there')];
    const names = ['a', 'b', 'c', 'd'];
    assert.deepEqual(
      names.map((name) => here.acquire(name)),
      [true, true, true, false],
    );
    assert.deepEqual(
      ['a', 'x', 'y', 'z'].map((name) => there.acquire(name)),
      [true, true, true, false],
    );
    for (const name of names.slice(0, 3)) here.release(name);
    assert.deepEqual([shared.of('here').acquire('d'), there.acquire('z')], [true, false]);
  });
});
