import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, type OutboxLimits } from '../../src/delivery/outbox.ts';
import type { Delivery, NumberedFrame } from '../../src/protocol/frame.ts';
import { TrialFrameQueue } from '../support/frames.ts';

/** As a NATS server has them, which acknowledges each frame by itself. */
const traits = { maxBytesInFlight: 2 ** 19, countsRejected: false };

function open(delivery: Delivery, frames: number, limits: Partial<OutboxLimits> = {}, bytes = 1) {
  const queue = new TrialFrameQueue(delivery);
  queue.capture(frames, bytes);
  return {
    queue,
    outbox: new Outbox(queue, { ...traits, delivery, count: 0, maxInFlight: 2, bufferBytes: 1e9, ...limits }),
  };
}

/** Sends as long as there is something and room for it. */
async function sendAll(outbox: Outbox): Promise<NumberedFrame[]> {
  const sent: NumberedFrame[] = [];
  while (outbox.hasRoom && (await outbox.ready())) sent.push(outbox.next());
  return sent;
}

const sequences = (frames: NumberedFrame[]) => frames.map(({ sequence }) => sequence);

test('Outbox of every frame sends again in order what came back and what was in flight when the connection went', async () => {
  const { outbox, queue } = open('every', 5);
  const [first, , third, fourth] = (await sendAll(outbox)) as Required<NumberedFrame>[];
  assert.ok(first && third && fourth);
  outbox.acknowledge(third.sequence);
  outbox.putBack(fourth.sequence);
  outbox.putBack(first.sequence);
  assert.deepEqual([outbox.pending, outbox.inFlight], [4, 2]);
  outbox.rewind();
  queue.capture(1);
  assert.deepEqual(sequences(await sendAll(outbox)), [1, 2, 4, 5, 6]);
  assert.deepEqual([outbox.figures.delivered, outbox.figures.deliveredBytes, outbox.figures.lost], [1, 1, 0]);
});

test('Outbox of every frame has no room when the limit of bytes in flight is reached, at most 512 KiB', async () => {
  assert.deepEqual(sequences(await sendAll(open('every', 9, { bufferBytes: 10 }, 4).outbox)), [1, 2, 3]);
  const { outbox } = open('every', 9, {}, 200_000);
  const sent = await sendAll(outbox);
  assert.deepEqual(sequences(sent), [1, 2, 3]);
  outbox.reject((sent[1] as NumberedFrame).sequence);
  assert.deepEqual(sequences(await sendAll(outbox)), [4]);
  assert.deepEqual([outbox.figures.rejected, outbox.figures.delivered], [1, 0]);
});

test('Outbox of the latest frame keeps the newest alone when the connection goes, until a newer one is there', async () => {
  const { outbox, queue } = open('latest', 1);
  await sendAll(outbox);
  queue.capture(1);
  assert.deepEqual([sequences(await sendAll(outbox)), outbox.hasRoom], [[2], false]);
  outbox.rewind();
  assert.deepEqual([outbox.pending, outbox.figures.lost, outbox.hasRoom], [1, 1, true]);
  queue.capture(1);
  assert.deepEqual(sequences(await sendAll(outbox)), [3]);
  assert.deepEqual([outbox.pending, outbox.figures.lost], [1, 2]);
});

test('Outbox gives no more frames than are to be delivered, and others for those that were dropped', async () => {
  const { outbox } = open('every', 9, { count: 2 });
  const [first, second] = await sendAll(outbox);
  assert.ok(first && second);
  outbox.reject(first.sequence);
  outbox.acknowledge(second.sequence);
  assert.deepEqual(sequences(await sendAll(outbox)), [3]);
});

test('Outbox of the latest frame sends none again of which a newer one arrived, or waits', async () => {
  const { outbox, queue } = open('latest', 1, { maxInFlight: 3 });
  const sent: NumberedFrame[] = [];
  for (let i = 0; i < 3; i++) {
    sent.push(...(await sendAll(outbox)));
    queue.capture(1);
  }
  const [first, second, third] = sent as Required<NumberedFrame>[];
  assert.ok(first && second && third);
  outbox.putBack(first.sequence);
  assert.deepEqual([outbox.pending, outbox.figures.rejected], [3, 0]);
  outbox.putBack(second.sequence);
  assert.deepEqual([outbox.pending, outbox.figures.rejected], [2, 1]);
  outbox.acknowledge(third.sequence);
  assert.deepEqual(
    [outbox.pending, outbox.figures.rejected, outbox.figures.lost, outbox.figures.delivered],
    [0, 2, 0, 1],
  );
});
