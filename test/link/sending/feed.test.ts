import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EveryFeed, LatestFeed } from '../../../src/link/sending/feed.ts';
import type { CapturedFrame } from '../../../src/protocol/frame.ts';
import { makeCaptured, settle } from '../../support/frames.ts';

async function* makeFrames(count: number, error?: Error): AsyncGenerator<CapturedFrame, void, undefined> {
  for (let number = 1; number <= count; number++) yield makeCaptured(number);
  if (error !== undefined) throw error;
}

/** Takes all frames; gives their sequence numbers, which are to be those of their pictures. */
async function takeAll(feed: EveryFeed | LatestFeed): Promise<number[]> {
  const numbers: number[] = [];
  while (await feed.ready()) {
    const { sequence, capturedAtUs } = feed.take();
    assert.equal(sequence, capturedAtUs);
    numbers.push(sequence);
  }
  return numbers;
}

test('EveryFeed gives every frame in order, numbered from 1, when all are taken', async () => {
  assert.deepEqual(await takeAll(new EveryFeed(makeFrames(4))), [1, 2, 3, 4]);
});

test('EveryFeed reads one frame ahead and no more when nobody takes', async () => {
  let made = 0;
  const feed = new EveryFeed(
    (async function* () {
      for (;;) yield makeCaptured(++made);
    })(),
  );
  await feed.ready();
  await settle();
  assert.equal(made, 2);
});

test('EveryFeed has a frame from ready to take', async () => {
  const feed = new EveryFeed(makeFrames(1));
  assert.equal(feed.hasFrame, false);
  await feed.ready();
  await feed.ready();
  assert.equal(feed.hasFrame, true);
  assert.equal(feed.take().sequence, 1);
  assert.equal(feed.hasFrame, false);
  assert.throws(() => feed.take(), /before ready/);
});

test('EveryFeed fails as its source does, again and again, after the frames before that', async () => {
  const feed = new EveryFeed(makeFrames(1, new Error('camera on fire')));
  assert.equal(await feed.ready(), true);
  feed.take();
  await assert.rejects(feed.ready(), /camera on fire/);
  await assert.rejects(feed.ready(), /camera on fire/);
});

test('EveryFeed ends its source when it is closed', async () => {
  let isOver = false;
  const feed = new EveryFeed(
    (async function* () {
      try {
        for (;;) yield makeCaptured(1);
      } finally {
        isOver = true;
      }
    })(),
  );
  await feed.closed();
  assert.equal(isOver, true);
});

test('LatestFeed gives the newest frame and counts the others when nobody took them', async () => {
  const feed = new LatestFeed(makeFrames(5));
  await feed.closed();
  assert.deepEqual(await takeAll(feed), [5]);
  assert.equal(feed.dropped, 4);
});

test('LatestFeed numbers what was captured, so that a gap tells what was dropped', async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const feed = new LatestFeed(
    (async function* () {
      yield makeCaptured(1);
      await gate;
      yield* [makeCaptured(2), makeCaptured(3)];
    })(),
  );
  await feed.ready();
  assert.equal(feed.take().sequence, 1);
  assert.equal(feed.hasFrame, false);
  open();
  await feed.closed();
  assert.deepEqual(await takeAll(feed), [3]);
});

test('LatestFeed waits for a frame when there is none yet', async () => {
  let send: (frame: CapturedFrame) => void = () => undefined;
  const coming = new Promise<CapturedFrame>((resolve) => {
    send = resolve;
  });
  const feed = new LatestFeed(
    (async function* () {
      yield await coming;
    })(),
  );
  const ready = feed.ready();
  send(makeCaptured(7));
  assert.equal(await ready, true);
  assert.equal(feed.take().capturedAtUs, 7);
});

test('LatestFeed fails as its source does', async () => {
  const feed = new LatestFeed(makeFrames(0, new Error('no camera')));
  await assert.rejects(feed.ready(), /no camera/);
});
