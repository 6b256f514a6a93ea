import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HookEvent } from '../../../src/sinks/hooks/hook-event.ts';
import { HookQueue } from '../../../src/sinks/hooks/hook-queue.ts';

const flooder = '192.0.2.9';

function event(kind: HookEvent['kind'], camera: string, host = '192.0.2.1', sequence = 0): HookEvent {
  const plain = { kind, camera, host, details: { sequence } };
  return kind === 'frame' ? { ...plain, jpeg: new Uint8Array(10) } : plain;
}

/** One host's events under forty names; returns how many were dropped. */
function flood(queue: HookQueue, count: number): number {
  let dropped = 0;
  for (let i = 0; i < count; i++) dropped += queue.add(event('disconnect', `s${i % 40}`, flooder, i));
  return dropped;
}

function* takeAll(queue: HookQueue): Generator<HookEvent, void, undefined> {
  for (let next = queue.next(); next !== undefined; next = queue.next()) yield next;
}

test('HookQueue keeps a thousand events, drops the oldest of more, and says how many', () => {
  const queue = new HookQueue();
  let dropped = 0;
  for (let i = 1; i <= 1020; i++) dropped += queue.add(event('disconnect', `c${i}`));
  assert.deepEqual([queue.length, dropped, queue.next()?.camera], [1000, 20, 'c21']);
});

test('HookQueue keeps the newest frame of each camera, of at most sixteen', () => {
  const queue = new HookQueue();
  assert.equal(queue.add(event('frame', 'a')), 0);
  assert.equal(queue.add(event('frame', 'a')), 1);
  let dropped = 0;
  for (let i = 1; i <= 20; i++) dropped += queue.add(event('frame', `c${i}`));
  assert.deepEqual([queue.length, queue.bytes, dropped], [16, 160, 5]);
});

test('HookQueue runs the only event of a host next, however many of another host wait', () => {
  const queue = new HookQueue();
  flood(queue, 100);
  assert.equal(queue.next()?.host, flooder);
  queue.add(event('disconnect', 'porch'));
  flood(queue, 5000);
  assert.deepEqual([queue.length, queue.next()?.camera], [1000, 'porch']);
});

test('HookQueue drops an event of the host that has most, and of its camera that has most', () => {
  const queue = new HookQueue();
  queue.add(event('disconnect', 'porch'));
  for (let i = 0; i < 3; i++) queue.add(event('disconnect', 's-few', flooder, i));
  assert.equal(flood(queue, 5000), 4004);
  const left = [...takeAll(queue)];
  const count = (camera: string) => left.filter((one) => one.camera === camera).length;
  assert.deepEqual([left.length, count('porch'), count('s-few')], [1000, 1, 3]);
});

test('HookQueue gives hosts their turns, then the cameras of each, and keeps the order of each camera', () => {
  const queue = new HookQueue();
  for (const sequence of [1, 2, 3]) queue.add(event('connect', 'a1', 'a', sequence));
  for (const sequence of [1, 2]) queue.add(event('connect', 'a2', 'a', sequence));
  for (const sequence of [1, 2]) queue.add(event('connect', 'b1', 'b', sequence));
  const order = [...takeAll(queue)].map(({ camera, details }) => `${camera} ${details['sequence']}`);
  assert.deepEqual(order, ['a1 1', 'b1 1', 'a2 1', 'b1 2', 'a1 2', 'a2 2', 'a1 3']);
  assert.deepEqual([queue.length, [...queue.events]], [0, []]);
});

test('HookQueue keeps a frame of another host while one host sends frames of any number of cameras', () => {
  const queue = new HookQueue();
  queue.add(event('frame', 'porch'));
  for (let i = 0; i < 100; i++) queue.add(event('frame', `s${i}`, flooder));
  assert.deepEqual([queue.length, queue.bytes, queue.next()?.camera], [16, 160, 'porch']);
});
