import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Semaphore } from '../../src/system/semaphore.ts';
import { settle } from '../support/frames.ts';

describe('Semaphore', () => {
  test('lets so many through at once, the others in their order', async () => {
    const { done, begin, finish } = open(2);
    for (const name of ['a1', 'a2', 'a3', 'a4']) begin(name, 'a');
    assert.deepEqual(done, ['a1', 'a2']);
    await finish();
    assert.deepEqual(done, ['a1', 'a2', 'a3']);
    await finish();
    assert.deepEqual(done, ['a1', 'a2', 'a3', 'a4']);
  });

  test('lets one of another owner through next, however many wait of the first', async () => {
    const { done, begin, finish } = open(1);
    for (let i = 1; i <= 5; i++) begin(`flood${i}`, 'flood');
    begin('good1', 'good');
    begin('good2', 'good');
    for (let i = 0; i < 6; i++) await finish();
    assert.deepEqual(done, ['flood1', 'flood2', 'good1', 'flood3', 'good2', 'flood4', 'flood5']);
  });

  test('goes on when work fails', async () => {
    const semaphore = new Semaphore(1);
    await assert.rejects(
      semaphore.run(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await semaphore.run(async () => 'yes'), 'yes');
  });
});

/** A semaphore for work that is done when the test says so. */
function open(places: number) {
  const semaphore = new Semaphore(places);
  const done: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => async () => {
    done.push(name);
    await new Promise<void>((resolve) => ends.push(resolve));
  };
  return {
    done,
    begin: (name: string, owner: string) => void semaphore.run(work(name), owner),
    finish: async () => {
      ends.shift()?.();
      await settle();
    },
  };
}
