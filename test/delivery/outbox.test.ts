import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Outbox, type OutboxLimits } from '../../src/delivery/outbox.ts';
import type { Delivery } from '../../src/protocol/frame.ts';
import { TrialFrameQueue, tcpTraits } from '../support/frames.ts';

function open(delivery: Delivery, frames: number, limits: Partial<OutboxLimits> = {}) {
  const queue = new TrialFrameQueue(delivery);
  queue.capture(frames);
  return {
    queue,
    outbox: new Outbox(queue, { ...tcpTraits, delivery, count: 0, maxInFlight: 2, bufferBytes: 1e6, ...limits }),
  };
}

/** Sends as long as there is something and room for it; returns the sequences. */
async function sendAll(outbox: Outbox): Promise<number[]> {
  const sent: number[] = [];
  while (outbox.hasRoom && (await outbox.ready())) sent.push(outbox.next().sequence);
  return sent;
}

describe('Outbox of every frame', () => {
  test('sends all in their order, each once', async () => {
    const { outbox } = open('every', 4);
    assert.deepEqual(await sendAll(outbox), [1, 2, 3, 4]);
    assert.deepEqual(await sendAll(outbox), []);
    assert.deepEqual([outbox.pending, outbox.figures.delivered], [4, 0]);
  });

  test('sends again what is not acknowledged, in its order, and nothing else, when the connection is gone', async () => {
    const { outbox, queue } = open('every', 5);
    await sendAll(outbox);
    outbox.acknowledgeUpTo(2);
    outbox.rewind();
    queue.capture(1);
    assert.equal(outbox.hasFrame, true);
    assert.deepEqual(await sendAll(outbox), [3, 4, 5, 6]);
    assert.equal(outbox.figures.lost, 0);
  });

  test('sends no frame again that is acknowledged after the connection went', async () => {
    const { outbox } = open('every', 4);
    await sendAll(outbox);
    outbox.rewind();
    assert.equal(outbox.next().sequence, 1);
    outbox.acknowledgeUpTo(3);
    assert.deepEqual([outbox.pending, outbox.figures.delivered, outbox.figures.deliveredBytes], [1, 3, 3]);
    assert.deepEqual(await sendAll(outbox), [4]);
  });

  test('takes no acknowledgement of a frame that was never sent', async () => {
    const { outbox } = open('every', 2);
    await sendAll(outbox);
    assert.equal(outbox.acknowledgeUpTo(3), false);
    assert.deepEqual([outbox.pending, outbox.figures.delivered], [2, 0]);
    assert.equal(outbox.acknowledgeUpTo(2), true);
    assert.equal(outbox.acknowledgeUpTo(1), true);
    assert.deepEqual([outbox.pending, outbox.figures.delivered], [0, 2]);
  });

  test('sends a frame no more that the receiver has left behind, and does not count it as delivered', async () => {
    const { outbox } = open('every', 4, { count: 4 });
    await sendAll(outbox);
    assert.equal(outbox.reject(2), true);
    assert.equal(outbox.reject(2), true);
    assert.equal(outbox.reject(5), false);
    outbox.acknowledgeUpTo(2);
    assert.deepEqual([outbox.figures.delivered, outbox.figures.rejected, outbox.pending], [1, 1, 2]);
    outbox.rewind();
    assert.deepEqual(await sendAll(outbox), [3, 4]);
    outbox.acknowledgeUpTo(4);
    assert.deepEqual(
      [outbox.figures.delivered, outbox.figures.deliveredBytes, outbox.figures.rejected, outbox.pending],
      [3, 3, 1, 0],
    );
    // It is one of those that were to be sent.
    assert.equal(await outbox.ready(), false);
  });

  test('has no room when the limit of bytes in flight is reached, but for those that go out again', async () => {
    const { outbox, queue } = open('every', 0, { bufferBytes: 100 });
    queue.capture(5, 40);
    assert.deepEqual(await sendAll(outbox), [1, 2, 3]);
    outbox.rewind();
    assert.deepEqual(await sendAll(outbox), [1, 2, 3]);
    outbox.acknowledgeUpTo(1);
    assert.deepEqual(await sendAll(outbox), [4]);
  });

  test('sends a frame that is larger than the buffer', async () => {
    const { outbox, queue } = open('every', 0, { bufferBytes: 100 });
    queue.capture(2, 500);
    assert.deepEqual(await sendAll(outbox), [1]);
    outbox.acknowledgeUpTo(1);
    assert.deepEqual(await sendAll(outbox), [2]);
  });

  test('ends after as many frames as are counted, those that go out again counted once', async () => {
    const { outbox } = open('every', 10, { count: 3 });
    assert.deepEqual(await sendAll(outbox), [1, 2, 3]);
    outbox.acknowledgeUpTo(1);
    outbox.rewind();
    assert.deepEqual(await sendAll(outbox), [2, 3]);
    outbox.acknowledgeUpTo(3);
    assert.equal(await outbox.ready(), false);
    assert.equal(outbox.figures.delivered, 3);
  });

  test('takes what was sent for delivered when nothing is acknowledged, and no more than that', async () => {
    const { outbox } = open('every', 3);
    await sendAll(outbox);
    outbox.rewind();
    outbox.next();
    outbox.release();
    assert.deepEqual([outbox.figures.delivered, outbox.pending], [1, 2]);
    assert.deepEqual(await sendAll(outbox), [2, 3]);
  });

  test('takes the oldest frames for delivered when it is trimmed, until there is room', async () => {
    const { outbox, queue } = open('every', 0, { bufferBytes: 100 });
    queue.capture(5, 40);
    for (let i = 0; i < 5; i++) {
      await outbox.ready();
      outbox.next();
      outbox.trim();
    }
    assert.deepEqual([outbox.figures.delivered, outbox.pending], [3, 2]);
    outbox.rewind();
    assert.deepEqual(await sendAll(outbox), [4, 5]);
  });

  test('fails as its queue does, after the frames that are to go out again', async () => {
    const { outbox, queue } = open('every', 1);
    await sendAll(outbox);
    queue.fail(new Error('camera on fire'));
    outbox.rewind();
    assert.equal(await outbox.ready(), true);
    outbox.next();
    await assert.rejects(outbox.ready(), /camera on fire/);
    await assert.rejects(outbox.ready(), /camera on fire/);
  });
});

describe('Outbox of the latest frame', () => {
  test('sends no more than may be in flight', async () => {
    const { outbox, queue } = open('latest', 0);
    const sent: number[] = [];
    for (let i = 0; i < 4; i++) {
      queue.capture(1);
      sent.push(...(await sendAll(outbox)));
    }
    assert.deepEqual(sent, [1, 2]);
    outbox.acknowledgeUpTo(1);
    assert.deepEqual(await sendAll(outbox), [4]);
    assert.deepEqual([queue.dropped, outbox.figures.lost], [1, 0]);
  });

  test('sends the newest of what was in flight again when the connection is gone and nothing is newer', async () => {
    const { outbox, queue } = open('latest', 1);
    await sendAll(outbox);
    queue.capture(1);
    await sendAll(outbox);
    outbox.rewind();
    assert.deepEqual([outbox.figures.lost, outbox.pending], [1, 1]);
    assert.deepEqual(await sendAll(outbox), [2]);
  });

  test('sends a newer frame instead when there is one', async () => {
    const { outbox, queue } = open('latest', 1);
    await sendAll(outbox);
    outbox.rewind();
    queue.capture(2);
    assert.deepEqual(await sendAll(outbox), [3]);
    // The first went out; the second never did.
    assert.deepEqual([outbox.figures.lost, queue.dropped, outbox.pending], [1, 1, 1]);
  });

  test('delivers as many frames as are counted, dropped ones aside', async () => {
    const { outbox, queue } = open('latest', 1, { count: 2 });
    await sendAll(outbox);
    outbox.rewind();
    queue.capture(1);
    assert.deepEqual(await sendAll(outbox), [2]);
    queue.capture(1);
    assert.deepEqual(await sendAll(outbox), [3]);
    queue.capture(1);
    outbox.acknowledgeUpTo(3);
    assert.equal(await outbox.ready(), false);
    assert.equal(outbox.figures.delivered, 2);
  });
});
