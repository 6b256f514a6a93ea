import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock, test } from 'node:test';
import { Notify } from '../../src/system/notify.ts';

/** Resolves with 'waits' when the promise has not settled by the next turn. */
function look<T>(promise: Promise<T>): Promise<T | 'waits'> {
  return Promise.race([promise, new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits'))]);
}

const never = new Promise<never>(() => undefined);

test('Notify wakes all waiters, once', async () => {
  const changes = new Notify();
  const waiting = [changes.wait(), changes.wait()];
  assert.equal(await look(waiting[0] as Promise<undefined>), 'waits');
  changes.notify();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
  assert.equal(await look(changes.wait()), 'waits');
});

test('Notify gives what a promise gives when that comes first', async () => {
  const changes = new Notify();
  assert.equal(await changes.wait(undefined, Promise.resolve(7)), 7);
  await assert.rejects(changes.wait(undefined, Promise.reject(new Error('on fire'))), /on fire/);
});

test('Notify wakes at once when the signal has aborted', async () => {
  assert.equal(await new Notify().wait(AbortSignal.abort(), never), undefined);
});

test('Notify lets a promise fail when it was heard before', async () => {
  const changes = new Notify();
  let fail: (error: Error) => void = () => undefined;
  const failing = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const waiting = changes.wait(undefined, failing);
  changes.notify();
  assert.equal(await waiting, undefined);
  fail(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
});

const waits: Record<string, (changes: Notify, stop: AbortController) => Promise<unknown>> = {
  'it was rung': async (changes, stop) => {
    const waiting = changes.wait(stop.signal, never);
    changes.notify();
    await waiting;
  },
  'the promise resolved': (changes, stop) => changes.wait(stop.signal, Promise.resolve()),
  'the promise failed': (changes, stop) =>
    changes.wait(stop.signal, Promise.reject(new Error('x'))).catch(() => undefined),
  'the signal aborted': async (changes, stop) => {
    const waiting = changes.wait(stop.signal, never);
    stop.abort();
    await waiting;
  },
};
for (const [when, wait] of Object.entries(waits)) {
  test(`Notify leaves no listener at the signal, and none of its own, when ${when}`, async () => {
    const stop = new AbortController();
    const add = mock.method(Set.prototype, 'add');
    await wait(new Notify(), stop).finally(() => add.mock.restore());
    const own = add.mock.calls.filter((call) => typeof call.arguments[0] === 'function');
    assert.deepEqual(
      own.map((call) => (call.this as Set<unknown>).size),
      [0],
    );
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });
}
