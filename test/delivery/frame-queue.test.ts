import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFrameQueue } from '../../src/delivery/create-queue.ts';
import { EveryFrameQueue, LatestFrameQueue } from '../../src/delivery/frame-queue.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { FlowMeter } from '../../src/system/flow-meter.ts';
import { makeCaptured, settle } from '../support/frames.ts';

async function* makeFrames(count: number, error?: Error): AsyncGenerator<CapturedFrame, void, undefined> {
  for (let sequence = 1; sequence <= count; sequence++) yield makeCaptured(sequence);
  if (error !== undefined) throw error;
}

/** Takes all frames; returns their sequences, which are to be those of their pictures. */
async function takeAll(queue: EveryFrameQueue | LatestFrameQueue): Promise<number[]> {
  const sequences: number[] = [];
  while (await queue.ready()) {
    const { sequence, capturedAtUs } = queue.take();
    assert.equal(sequence, capturedAtUs);
    sequences.push(sequence);
  }
  return sequences;
}

test('EveryFrameQueue gives every frame in order, numbered from 1, when all are taken', async () => {
  assert.deepEqual(await takeAll(new EveryFrameQueue(makeFrames(4))), [1, 2, 3, 4]);
});

test('EveryFrameQueue reads one frame ahead and no more when nobody takes', async () => {
  let made = 0;
  const queue = new EveryFrameQueue(
    (async function* () {
      for (;;) yield makeCaptured(++made);
    })(),
  );
  await queue.ready();
  await settle();
  assert.equal(made, 2);
});

test('EveryFrameQueue has a frame from ready to take', async () => {
  const queue = new EveryFrameQueue(makeFrames(1));
  assert.equal(queue.hasFrame, false);
  await queue.ready();
  await queue.ready();
  assert.equal(queue.hasFrame, true);
  assert.equal(queue.take().sequence, 1);
  assert.equal(queue.hasFrame, false);
  assert.throws(() => queue.take(), /before ready/);
});

test('EveryFrameQueue fails as its source does, again and again, after the frames before that', async () => {
  const queue = new EveryFrameQueue(makeFrames(1, new Error('camera on fire')));
  assert.equal(await queue.ready(), true);
  queue.take();
  await assert.rejects(queue.ready(), /camera on fire/);
  await assert.rejects(queue.ready(), /camera on fire/);
});

test('EveryFrameQueue ends its source when it is closed', async () => {
  let isOver = false;
  const queue = new EveryFrameQueue(
    (async function* () {
      try {
        for (;;) yield makeCaptured(1);
      } finally {
        isOver = true;
      }
    })(),
  );
  await queue.closed();
  assert.equal(isOver, true);
});

test('LatestFrameQueue gives the newest frame and counts the others when nobody took them', async () => {
  const queue = new LatestFrameQueue(makeFrames(5));
  await queue.closed();
  assert.deepEqual(await takeAll(queue), [5]);
  assert.equal(queue.dropped, 4);
});

test('LatestFrameQueue numbers captured frames, so that a gap tells how many were dropped', async () => {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  const queue = new LatestFrameQueue(
    (async function* () {
      yield makeCaptured(1);
      await passed;
      yield* [makeCaptured(2), makeCaptured(3)];
    })(),
  );
  await queue.ready();
  assert.equal(queue.take().sequence, 1);
  assert.equal(queue.hasFrame, false);
  open();
  await queue.closed();
  assert.deepEqual(await takeAll(queue), [3]);
});

test('LatestFrameQueue waits for a frame when there is none yet', async () => {
  let send: (frame: CapturedFrame) => void = () => undefined;
  const coming = new Promise<CapturedFrame>((resolve) => {
    send = resolve;
  });
  const queue = new LatestFrameQueue(
    (async function* () {
      yield await coming;
    })(),
  );
  const ready = queue.ready();
  send(makeCaptured(7));
  assert.equal(await ready, true);
  assert.equal(queue.take().capturedAtUs, 7);
});

test('LatestFrameQueue fails as its source does', async () => {
  const queue = new LatestFrameQueue(makeFrames(0, new Error('no camera')));
  await assert.rejects(queue.ready(), /no camera/);
});

for (const delivery of ['latest', 'every'] as const) {
  for (const isLive of [true, false]) {
    const what = `a frame queue with ${delivery}, of a source that ${isLive ? 'goes on' : 'waits'},`;

    test(`${what} tells its meter that nothing flows while the source owes a frame, and not once it has ended`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let firsts = 0;
      const meter = new FlowMeter(() => firsts++);
      const source = async function* () {
        yield makeCaptured(1);
        await promise;
      };
      const queue = createFrameQueue(source(), { delivery, isLive, bufferBytes: 1000, count: 0, meter });
      assert.equal(await queue.ready(), true);
      await settle();
      assert.deepEqual([meter.isFlowing(), meter.isFlowing(), meter.count, firsts], [true, false, 1, 1]);
      queue.take();
      assert.equal(meter.isFlowing(), false);
      resolve();
      assert.equal(await queue.ready(), false);
      await queue.closed();
      assert.equal(meter.isFlowing(), true);
    });

    test(`${what} tells its meter that nothing is asked for once the source has failed`, async () => {
      const meter = new FlowMeter();
      const frames = makeFrames(0, new Error('camera on fire'));
      const queue = createFrameQueue(frames, { delivery, isLive, bufferBytes: 1000, count: 0, meter });
      await assert.rejects(queue.ready(), /camera on fire/);
      assert.equal(meter.isFlowing(), true);
    });
  }
}
