import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { watchIdle } from '../../scripts/test/idle.ts';
import { runInLanes } from '../../scripts/test/lanes.ts';

/** Items that run until they are ended. */
class TrialRun {
  readonly started: string[] = [];
  readonly #ends = new Map<string, (error?: Error) => void>();

  readonly run = (item: string): Promise<void> => {
    this.started.push(item);
    return new Promise((resolve, reject) => {
      this.#ends.set(item, (error) => (error === undefined ? resolve() : reject(error)));
    });
  };

  async end(item: string, error?: Error): Promise<void> {
    this.#ends.get(item)?.(error);
    await setImmediate();
  }
}

const items = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('lanes', () => {
  test('the first two run at once, and each that ends makes room for the next, while the machine is busy', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const trial = new TrialRun();
    const all = runInLanes(items, trial.run, { min: 2, max: 4, isIdle: () => false, lookEveryMs: 10 });
    t.mock.timers.tick(100);
    assert.deepEqual(trial.started, ['a', 'b']);
    await trial.end('b');
    assert.deepEqual(trial.started, ['a', 'b', 'c']);
    for (const item of ['a', 'c', 'd', 'e', 'f']) await trial.end(item);
    await all;
    assert.deepEqual(trial.started, items);
  });

  test('the last ones run besides, one more at each look and four in all, while the machine has time left', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const trial = new TrialRun();
    const all = runInLanes(items, trial.run, { min: 2, max: 4, isIdle: () => true, lookEveryMs: 10 });
    t.mock.timers.tick(10);
    assert.deepEqual(trial.started, ['a', 'b', 'f']);
    t.mock.timers.tick(50);
    assert.deepEqual(trial.started, ['a', 'b', 'f', 'e']);
    await trial.end('f');
    t.mock.timers.tick(10);
    for (const item of ['a', 'b', 'c', 'd', 'e']) await trial.end(item);
    await all;
    assert.deepEqual(trial.started, ['a', 'b', 'f', 'e', 'd', 'c']);
  });

  test('the others run and end where one cannot be run, which is told at the end', async () => {
    const trial = new TrialRun();
    const options = { min: 2, max: 2, isIdle: () => true, lookEveryMs: 10 };
    const rejected = assert.rejects(runInLanes(['a', 'b', 'c'], trial.run, options), /no space/);
    await trial.end('a', new Error('no space'));
    await trial.end('b');
    await trial.end('c');
    await rejected;
    assert.deepEqual(trial.started, ['a', 'b', 'c']);
  });
});

test('the machine has time left when its processors had nothing to do for more than a tenth of the time', () => {
  const times = [
    { idleMs: 1000, allMs: 5000 },
    { idleMs: 1100, allMs: 6000 },
    { idleMs: 1210, allMs: 7000 },
  ];
  const isIdle = watchIdle(() => times.shift() ?? { idleMs: 0, allMs: 0 });
  assert.equal(isIdle(), false);
  assert.equal(isIdle(), true);
});
