import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hello } from '../../../src/protocol/wire2/message.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { hello, TrialReceiver } from '../../support/frames.ts';

const identity = { machine: 'm', device: 'd', version: '0.1.0' };
const greeting = (stream: string, over: Partial<Hello> = {}): Hello => ({ ...hello, stream, identity, ...over });
const pong = encodeMessage({ type: 'pong', sentUs: 0, remoteReceivedUs: 0, remoteSentUs: 0, remoteWallUs: 0 });

class Trial implements Disposable {
  readonly time = new FakeTime();
  readonly receiver = new TrialReceiver();

  /** A connection whose sender has greeted; `isWaiting`: whether the receiver does nothing more for it yet. */
  connect(message: Hello) {
    const opened = this.receiver.open();
    let isWaiting = true;
    const read = async (bytes: Uint8Array) => {
      for (const step of opened.protocol.receive(bytes)) if (step instanceof Promise) await step;
    };
    void read(encodeMessage(message)).then(() => {
      isWaiting = false;
    });
    return { ...opened, read, isWaiting: () => isWaiting };
  }

  [Symbol.dispose](): void {
    for (const protocol of this.receiver.protocols) protocol.end();
    this.time[Symbol.dispose]();
  }
}

describe('A camera that connects again while its old connection is open', () => {
  test('waits until that has been silent for three seconds, and is then ended', async () => {
    using trial = new Trial();
    const old = trial.connect(greeting('pi-aaaaaaaa'));
    await trial.time.pass(1000);
    const next = trial.connect(greeting('pi-bbbbbbbb'));
    await trial.time.pass(1900);
    assert.deepEqual([next.isWaiting(), old.ends], [true, []]);
    await trial.time.pass(200);
    assert.equal(next.isWaiting(), false);
    assert.deepEqual([old.ends.length, old.ends[0]?.code, next.ends], [1, 'IDLE', []]);
    assert.match(old.ends[0]?.message ?? '', /^Nothing came for 3\.\d s, and its camera has connected again$/);
  });

  test('waits for a moment only where that has been silent for longer', async () => {
    using trial = new Trial();
    const old = trial.connect(greeting('pi-aaaaaaaa'));
    await trial.time.pass(8000);
    const next = trial.connect(greeting('pi-bbbbbbbb'));
    await trial.time.pass(400);
    assert.deepEqual([next.isWaiting(), old.ends], [true, []]);
    await trial.time.pass(200);
    assert.deepEqual([next.isWaiting(), old.ends.length], [false, 1]);
  });

  test('does not end one that lives, and goes on beside it', async () => {
    using trial = new Trial();
    const old = trial.connect(greeting('pi-aaaaaaaa'));
    await trial.time.pass(2500);
    const next = trial.connect(greeting('pi-bbbbbbbb'));
    await old.read(pong);
    await trial.time.pass(1);
    assert.equal(next.isWaiting(), false);
    await trial.time.pass(5000);
    assert.deepEqual([old.ends, next.ends], [[], []]);
    // Both know of a third.
    const third = trial.connect(greeting('pi-cccccccc'));
    await trial.time.pass(600);
    assert.deepEqual([third.isWaiting(), old.ends.length, next.ends.length], [false, 1, 1]);
  });

  test('does not end one that waits for a disk, whose bytes are not read meanwhile', async () => {
    using trial = new Trial();
    const old = trial.connect(greeting('pi-aaaaaaaa'));
    const steps = old.protocol.receive(pong);
    await trial.time.pass(8000);
    const next = trial.connect(greeting('pi-bbbbbbbb'));
    await trial.time.pass(1);
    assert.equal(next.isWaiting(), false);
    for (const step of steps) void step;
    await trial.time.pass(5000);
    assert.deepEqual(old.ends, []);
  });

  test('goes on when that ends by itself', async () => {
    using trial = new Trial();
    const old = trial.connect(greeting('pi-aaaaaaaa'));
    await trial.time.pass(1000);
    const next = trial.connect(greeting('pi-bbbbbbbb'));
    old.protocol.end();
    await trial.time.pass(1);
    assert.deepEqual([next.isWaiting(), old.ends], [false, []]);
  });

  for (const [what, other] of Object.entries({
    'a camera of another name': greeting('pi-bbbbbbbb', { name: 'other' }),
    'a camera of another machine': greeting('pi-bbbbbbbb', { identity: { ...identity, machine: 'n' } }),
    'another camera of that machine': greeting('pi-bbbbbbbb', { identity: { ...identity, device: 'e' } }),
    'a camera that does not say what it is': greeting('pi-bbbbbbbb', { identity: undefined }),
  })) {
    test(`is not ${what}`, async () => {
      using trial = new Trial();
      const old = trial.connect(greeting('pi-aaaaaaaa'));
      await trial.time.pass(8000);
      const next = trial.connect(other);
      await trial.time.pass(1);
      assert.equal(next.isWaiting(), false);
      await trial.time.pass(5000);
      assert.deepEqual(old.ends, []);
    });
  }
});
