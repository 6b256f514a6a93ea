import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock, test } from 'node:test';
import { Bell } from '../../src/system/bell.ts';

/** Resolves with 'waits' when the promise has not settled by the next turn. */
function look<T>(promise: Promise<T>): Promise<T | 'waits'> {
  return Promise.race([promise, new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits'))]);
}

const never = new Promise<never>(() => undefined);

test('Bell wakes all who wait, once', async () => {
  const bell = new Bell();
  const waiting = [bell.heard(), bell.heard()];
  assert.equal(await look(waiting[0] as Promise<undefined>), 'waits');
  bell.ring();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
  assert.equal(await look(bell.heard()), 'waits');
});

test('Bell gives what a promise gives when that comes first', async () => {
  const bell = new Bell();
  assert.equal(await bell.heard(undefined, Promise.resolve(7)), 7);
  await assert.rejects(bell.heard(undefined, Promise.reject(new Error('on fire'))), /on fire/);
});

test('Bell wakes at once when the signal has aborted', async () => {
  assert.equal(await new Bell().heard(AbortSignal.abort(), never), undefined);
});

test('Bell lets a promise fail when it was heard before', async () => {
  const bell = new Bell();
  let fail: (error: Error) => void = () => undefined;
  const failing = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const waiting = bell.heard(undefined, failing);
  bell.ring();
  assert.equal(await waiting, undefined);
  fail(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
});

const ways: Record<string, (bell: Bell, stop: AbortController) => Promise<unknown>> = {
  'it was rung': async (bell, stop) => {
    const waiting = bell.heard(stop.signal, never);
    bell.ring();
    await waiting;
  },
  'the promise resolved': (bell, stop) => bell.heard(stop.signal, Promise.resolve()),
  'the promise failed': (bell, stop) => bell.heard(stop.signal, Promise.reject(new Error('x'))).catch(() => undefined),
  'the signal aborted': async (bell, stop) => {
    const waiting = bell.heard(stop.signal, never);
    stop.abort();
    await waiting;
  },
};
for (const [when, wait] of Object.entries(ways)) {
  test(`Bell leaves no listener at the signal, and none of its own, when ${when}`, async () => {
    const stop = new AbortController();
    const add = mock.method(Set.prototype, 'add');
    await wait(new Bell(), stop).finally(() => add.mock.restore());
    const own = add.mock.calls.filter((call) => typeof call.arguments[0] === 'function');
    assert.deepEqual(
      own.map((call) => (call.this as Set<unknown>).size),
      [0],
    );
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });
}
