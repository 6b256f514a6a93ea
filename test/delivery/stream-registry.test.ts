import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Stream, StreamRegistry } from '../../src/delivery/stream-registry.ts';

const ignore = () => undefined;
const idOf = (index: number) => index.toString(16).padStart(16, '0');

/** A stream that has had a connection, and frames up to `taken`. */
function visit(registry: StreamRegistry, index: number, taken = 1): Stream {
  const leave = () => undefined;
  const stream = registry.open(idOf(index), leave);
  [stream.delivered, stream.acknowledged] = [taken, taken];
  registry.leave(stream, leave);
  return stream;
}

test('StreamRegistry knows a stream again when its connection has gone', () => {
  const registry = new StreamRegistry();
  visit(registry, 1, 42);
  const { id, delivered, acknowledged } = registry.open(idOf(1), ignore);
  assert.deepEqual([id, delivered, acknowledged], [idOf(1), 42, 42]);
});

test('StreamRegistry gives a new stream nothing', () => {
  const registry = new StreamRegistry();
  visit(registry, 1, 42);
  const { delivered, acknowledged, settled } = registry.open(idOf(2), ignore);
  assert.deepEqual([delivered, acknowledged, settled], [0, 0, undefined]);
});

test('StreamRegistry ends the older connection of a stream, once, and keeps the newer one', () => {
  const registry = new StreamRegistry();
  const ended: string[] = [];
  const [first, second, third] = ['first', 'second', 'third'].map((name) => () => void ended.push(name)) as [
    () => void,
    () => void,
    () => void,
  ];
  const stream = registry.open(idOf(1), first);
  assert.equal(registry.open(idOf(1), second), stream);
  assert.deepEqual(ended, ['first']);
  registry.leave(stream, first);
  assert.equal(stream.supersede, second);
  registry.open(idOf(1), third);
  assert.deepEqual(ended, ['first', 'second']);
});

test('StreamRegistry lets an older connection leave while it is being ended', () => {
  const registry = new StreamRegistry();
  const first = () => registry.leave(stream, first);
  const stream = registry.open(idOf(1), first);
  stream.delivered = 3;
  const second = () => undefined;
  assert.equal(registry.open(idOf(1), second), stream);
  assert.equal(registry.open(idOf(1), ignore).delivered, 3);
});

test('StreamRegistry forgets the streams that went first when ten thousand others came', () => {
  const registry = new StreamRegistry();
  for (let index = 0; index < 10_001; index++) visit(registry, index);
  visit(registry, 1);
  visit(registry, 10_001);
  const known = [0, 1, 2, 3, 10_001].map((index) => registry.open(idOf(index), ignore).delivered);
  assert.deepEqual(known, [0, 1, 0, 1, 1]);
});

test('StreamRegistry remembers no stream that had no frame', () => {
  const registry = new StreamRegistry();
  visit(registry, 1);
  for (let index = 2; index < 20_000; index++) visit(registry, index, 0);
  assert.equal(registry.open(idOf(1), ignore).delivered, 1);
});

test('StreamRegistry forgets no stream that is connected or whose frame is being written', () => {
  const registry = new StreamRegistry();
  registry.open(idOf(1), ignore).delivered = 5;
  const leave = () => undefined;
  const busy = registry.open(idOf(2), leave);
  busy.delivered = 6;
  busy.settled = Promise.resolve();
  registry.leave(busy, leave);
  for (let index = 3; index < 20_000; index++) visit(registry, index);
  assert.deepEqual(
    [1, 2].map((index) => registry.open(idOf(index), ignore).delivered),
    [5, 6],
  );
});
