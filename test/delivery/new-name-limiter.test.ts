import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameReceiver } from '../../src/delivery/frame-receiver.ts';
import { NewNameLimiter } from '../../src/delivery/new-name-limiter.ts';
import { makeReceived } from '../support/frames.ts';

const tooManyNames = {
  code: 'TOO_MANY_SENDERS',
  message:
    'Cannot accept a sender with another new name as at most 3 at once (--max-per-address) and 1 a second may come from its address',
};

function open() {
  let nowMs = 0;
  return {
    limit: new NewNameLimiter(3, () => nowMs),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('NewNameLimiter', () => {
  test('admits so many new names of a host at once, and another each second', () => {
    const { limit, pass } = open();
    const naming = limit.of('10.0.0.1');
    for (const name of ['a', 'b', 'c']) naming.admit(name);
    assert.throws(() => naming.admit('d'), tooManyNames);
    pass(1000);
    naming.admit('d');
    assert.throws(() => naming.admit('e'), tooManyNames);
  });

  test('admits names again that it knows, and those of other hosts', () => {
    const { limit } = open();
    const naming = limit.of('10.0.0.1');
    for (const name of ['a', 'b', 'c', 'a', 'b', 'c', 'a']) naming.admit(name);
    assert.throws(() => naming.admit('d'), tooManyNames);
    limit.of('10.0.0.2').admit('d');
  });

  test('remembers no more names than it must, the newest of each host', () => {
    const { limit, pass } = open();
    const naming = limit.of('10.0.0.1');
    for (let i = 0; i < 100; i++) {
      naming.admit(`name ${i}`);
      pass(1000);
    }
    for (let i = 89; i < 100; i++) naming.admit(`name ${i}`);
    for (let i = 0; i < 3; i++) naming.admit(`name ${i}`);
    assert.throws(() => naming.admit('name 3'), tooManyNames);
  });
});

test('NewNameLimiter counts each stream whose sender says no name', () => {
  const naming = new NewNameLimiter(1, () => 0).of('127.0.0.1');
  const handler = { connected: () => undefined, notice: () => undefined, deliver: () => true };
  const take = (stream: string) => {
    const receiver = new FrameReceiver('127.0.0.1:1', handler, { naming });
    receiver.connection.stream = stream;
    return receiver.receive(makeReceived({ connection: receiver.connection }));
  };
  assert.equal(take('gard-aaaaaaaa'), true);
  assert.throws(() => take('gard-bbbbbbbb'), { code: 'TOO_MANY_SENDERS' });
  assert.equal(take('gard-aaaaaaaa'), true);
});
