import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HookEvent } from '../../../src/sinks/hooks/hook-event.ts';
import { HookQueue } from '../../../src/sinks/hooks/hook-queue.ts';

function event(kind: HookEvent['kind'], camera: string): HookEvent {
  return kind === 'frame' ? { kind, camera, details: {}, jpeg: new Uint8Array(10) } : { kind, camera, details: {} };
}

test('HookQueue keeps a thousand events, leaves out the oldest of more, and says how many', () => {
  const queue = new HookQueue();
  let leftOut = 0;
  for (let i = 1; i <= 1020; i++) leftOut += queue.add(event('disconnect', `c${i}`));
  assert.deepEqual([queue.length, leftOut, queue.next()?.camera], [1000, 20, 'c21']);
});

test('HookQueue keeps the newest frame of each camera, of sixteen at most', () => {
  const queue = new HookQueue();
  assert.equal(queue.add(event('frame', 'a')), 0);
  assert.equal(queue.add(event('frame', 'a')), 1);
  let leftOut = 0;
  for (let i = 1; i <= 20; i++) leftOut += queue.add(event('frame', `c${i}`));
  assert.deepEqual([queue.length, queue.bytes, leftOut], [16, 160, 5]);
});
