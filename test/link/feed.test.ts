import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EveryFeed, LatestFeed } from '../../src/link/feed.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';

function makeFrame(number: number): CapturedFrame {
  return { jpeg: Uint8Array.of(number), width: 1, height: 1, capturedAtUs: number, capturedMonotonicUs: number };
}

async function* makeFrames(count: number, error?: Error): AsyncGenerator<CapturedFrame, void, undefined> {
  for (let number = 1; number <= count; number++) yield makeFrame(number);
  if (error !== undefined) throw error;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

async function takeAll(feed: EveryFeed | LatestFeed): Promise<number[]> {
  const numbers: number[] = [];
  while (await feed.ready()) numbers.push(feed.take().capturedAtUs);
  return numbers;
}

test('EveryFeed gives every frame in order when all are taken', async () => {
  assert.deepEqual(await takeAll(new EveryFeed(makeFrames(4))), [1, 2, 3, 4]);
});

test('EveryFeed gives a frame again, before the next, when it was given back', async () => {
  const feed = new EveryFeed(makeFrames(3));
  await feed.ready();
  const first = feed.take();
  feed.giveBack(first);
  assert.deepEqual(await takeAll(feed), [1, 2, 3]);
});

test('EveryFeed reads one frame ahead and no more when nobody takes', async () => {
  let made = 0;
  const feed = new EveryFeed(
    (async function* () {
      for (;;) yield makeFrame(++made);
    })(),
  );
  await feed.ready();
  await settle();
  assert.equal(made, 2);
});

test('EveryFeed fails as its source does, after the frames before that', async () => {
  const feed = new EveryFeed(makeFrames(1, new Error('camera on fire')));
  assert.equal(await feed.ready(), true);
  feed.take();
  await assert.rejects(feed.ready(), /camera on fire/);
});

test('LatestFeed gives the newest frame and counts the others when nobody took them', async () => {
  const feed = new LatestFeed(makeFrames(5));
  await settle();
  assert.deepEqual(await takeAll(feed), [5]);
  assert.equal(feed.dropped, 4);
});

test('LatestFeed gives a frame again when it was given back and none is newer', async () => {
  const feed = new LatestFeed(makeFrames(1));
  await feed.ready();
  feed.giveBack(feed.take());
  assert.deepEqual(await takeAll(feed), [1]);
  assert.equal(feed.dropped, 0);
});

test('LatestFeed counts a frame as dropped when it is given back and a newer one waits', async () => {
  const feed = new LatestFeed(makeFrames(2));
  await feed.ready();
  const first = feed.take();
  await settle();
  feed.giveBack(first);
  assert.deepEqual(await takeAll(feed), [2]);
  assert.equal(feed.dropped, 1);
});

test('LatestFeed waits for a frame when there is none yet', async () => {
  let send: (frame: Frame) => void = () => undefined;
  const coming = new Promise<Frame>((resolve) => {
    send = resolve;
  });
  const feed = new LatestFeed(
    (async function* () {
      yield await coming;
    })(),
  );
  const ready = feed.ready();
  send(makeFrame(7));
  assert.equal(await ready, true);
  assert.equal(feed.take().capturedAtUs, 7);
});

test('LatestFeed fails as its source does', async () => {
  const feed = new LatestFeed(makeFrames(0, new Error('no camera')));
  await assert.rejects(feed.ready(), /no camera/);
});
