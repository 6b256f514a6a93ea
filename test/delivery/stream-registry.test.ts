import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StreamConnection, StreamOwner } from '../../src/delivery/stream-owner.ts';
import { type Stream, StreamRegistry } from '../../src/delivery/stream-registry.ts';

function makeConnection(supersede = () => {}, over: Partial<StreamOwner> = {}, isSilent = false): StreamConnection {
  const sender = { address: '10.0.0.1:5000', joined: undefined, identity: undefined, ...over };
  return { sender, supersede, isSilent: () => isSilent, post: () => true };
}

const ignore = makeConnection();
const idOf = (index: number) => index.toString(16).padStart(16, '0');

/** A stream that has had a connection, and frames up to `taken`. */
function visit(registry: StreamRegistry, index: number, taken = 1): Stream {
  const leave = makeConnection();
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
  const [first, second, third] = ['first', 'second', 'third'].map((name) =>
    makeConnection(() => void ended.push(name)),
  ) as [StreamConnection, StreamConnection, StreamConnection];
  const stream = registry.open(idOf(1), first);
  assert.equal(registry.open(idOf(1), second), stream);
  assert.deepEqual(ended, ['first']);
  registry.leave(stream, first);
  assert.equal(stream.connection, second);
  registry.open(idOf(1), third);
  assert.deepEqual(ended, ['first', 'second']);
});

test('StreamRegistry lets an older connection leave while it is being ended', () => {
  const registry = new StreamRegistry();
  const first: StreamConnection = makeConnection(() => registry.leave(stream, first));
  const stream = registry.open(idOf(1), first);
  stream.delivered = 3;
  const second = makeConnection();
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
  const leave = makeConnection();
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

type Verdict = 'accepted' | 'rejected' | 'rejected while the other lives';

describe('A connection with the id of a stream of another sender', () => {
  const identity = (machine: string) => ({ machine, device: 'd', version: '0.1.0' });
  const [here, there] = [{ address: '10.0.0.1:6000' }, { address: '10.0.0.2:6000' }];
  const joined = { joined: 'garden' };
  const [one, other] = [{ identity: identity('one') }, { identity: identity('other') }];
  const rejected = { code: 'BAD_MESSAGE', message: /^Cannot accept a stream that another sender sends: / };
  const cases: [
    title: string,
    owner: Partial<StreamOwner>,
    next: Partial<StreamOwner>,
    live: Verdict,
    idle: Verdict,
  ][] = [
    ['its address', here, here, 'accepted', 'accepted'],
    ['another address', here, there, 'rejected while the other lives', 'accepted'],
    ['another address and the same machine', { ...here, ...one }, { ...there, ...one }, 'accepted', 'accepted'],
    ['another machine at its address', { ...here, ...one }, { ...here, ...other }, 'rejected', 'rejected'],
    ['no token of the camera that it joined as', { ...here, ...joined }, here, 'rejected', 'rejected'],
    ['the token of another camera', { ...here, ...joined }, { ...here, joined: 'cellar' }, 'rejected', 'rejected'],
    ['its token at another address', { ...here, ...joined }, { ...there, ...joined }, 'accepted', 'accepted'],
    ['a token that the present sender has not', here, { ...there, ...joined }, 'accepted', 'accepted'],
  ];
  for (const [title, owner, next, live, idle] of cases) {
    test(`and with ${title} is ${live}, and ${idle} after it`, () => {
      check(owner, next, { isSilent: false, isRejected: live !== 'accepted', idle });
      check(owner, next, { isSilent: true, isRejected: live === 'rejected', idle });
    });
  }

  function check(
    owner: Partial<StreamOwner>,
    next: Partial<StreamOwner>,
    { isSilent, isRejected, idle }: { isSilent: boolean; isRejected: boolean; idle: Verdict },
  ): void {
    const registry = new StreamRegistry();
    const ended: string[] = [];
    const first = makeConnection(() => void ended.push('first'), owner, isSilent);
    const stream = registry.open(idOf(1), first);
    stream.delivered = 5;
    const open = () => registry.open(idOf(1), makeConnection(undefined, next));
    if (!isRejected) {
      assert.equal(open(), stream);
      assert.deepEqual(ended, ['first']);
      return;
    }
    assert.throws(open, rejected);
    assert.deepEqual([ended, stream.connection], [[], first]);
    registry.leave(stream, first);
    if (idle === 'rejected') assert.throws(open, rejected);
    else assert.equal(open().delivered, 5);
  }
});
