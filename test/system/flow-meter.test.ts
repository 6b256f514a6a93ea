import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowMeter, WorkMeter } from '../../src/system/flow-meter.ts';

/** A source that gives what it is handed. */
function makeSource<T>() {
  const waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  let isReturned = false;
  const iterator: AsyncIterableIterator<T, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    return: async () => {
      isReturned = true;
      return { done: true, value: undefined };
    },
  };
  return {
    iterator,
    give: (value: T) => waiting.shift()?.({ done: false, value }),
    end: () => waiting.shift()?.({ done: true, value: undefined }),
    isReturned: () => isReturned,
  };
}

test('FlowMeter says that nothing flows when something was asked for and nothing came since it was asked last', async () => {
  let firsts = 0;
  const meter = new FlowMeter(() => firsts++);
  const { iterator, give } = makeSource<number>();
  const items = meter.watch(iterator);
  const first = items.next();
  await Promise.resolve();
  assert.deepEqual([meter.isFlowing(), meter.isFlowing(), firsts], [false, false, 0]);
  give(1);
  assert.deepEqual(await first, { done: false, value: 1 });
  assert.deepEqual([meter.isFlowing(), firsts, meter.count], [true, 1, 1]);
  const second = items.next();
  await Promise.resolve();
  assert.equal(meter.isFlowing(), false);
  give(2);
  assert.deepEqual(await second, { done: false, value: 2 });
  const third = items.next();
  await Promise.resolve();
  // One has come, and the next is not there yet.
  assert.deepEqual([meter.isFlowing(), meter.isFlowing(), firsts, meter.count], [true, false, 1, 2]);
  give(3);
  await third;
});

test('FlowMeter says that all flows when nothing is asked for', async () => {
  const meter = new FlowMeter();
  const { iterator, give } = makeSource<number>();
  assert.equal(meter.isFlowing(), true);
  const items = meter.watch(iterator);
  const first = items.next();
  await Promise.resolve();
  give(1);
  await first;
  // The reader waits for its network, and the source waits for the reader.
  for (let i = 0; i < 5; i++) assert.equal(meter.isFlowing(), true);
});

test('FlowMeter says that all flows when the source has ended', async () => {
  const meter = new FlowMeter();
  const { iterator, end } = makeSource<number>();
  const first = meter.watch(iterator).next();
  await Promise.resolve();
  end();
  assert.equal((await first).done, true);
  assert.equal(meter.isFlowing(), true);
});

test('FlowMeter passes on a failure, and the wish to stop', async () => {
  const failing = (async function* () {
    yield 1;
    throw new Error('gone');
  })();
  const items = new FlowMeter().watch(failing);
  await items.next();
  await assert.rejects(items.next(), /gone/);
  const { iterator, give, isReturned } = makeSource<number>();
  const others = new FlowMeter().watch(iterator);
  const first = others.next();
  await Promise.resolve();
  give(1);
  await first;
  await others.return();
  assert.equal(isReturned(), true);
});

test('WorkMeter says that nothing flows when work is under way and none has ended since it was asked last', async () => {
  const meter = new WorkMeter();
  assert.equal(meter.isFlowing(), true);
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = meter.run(() => promise);
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [false, false]);
  await assert.rejects(
    meter.run(async () => {
      throw new Error('disk full');
    }),
    /disk full/,
  );
  // A failure is an end too: the disk answers.
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [true, false]);
  resolve();
  await work;
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [true, true]);
});
