import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { ReceivedFrame } from '../../src/frames/received-frame.ts';
import { test } from '../support/at-once.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

const mode = { kind: 'shared', group: 'workers', batch: 4, waitMs: 20 } as const;
const cameras = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/**
 * Checks that no frame came twice, and that each is newer than all before it of its camera that the same worker got. Those of two workers
 * are in flight at the same time.
 */
function checkOrder(workers: readonly TrialSubscription[]): void {
  const seen = new Set<string>();
  for (const { handler } of workers) {
    for (const camera of cameras) {
      const sequences = handler.sequences(camera);
      assert.deepEqual(
        sequences,
        [...sequences].sort((a, b) => a - b),
      );
      for (const sequence of sequences) {
        assert.ok(!seen.has(`${camera} ${sequence}`), `${camera} ${sequence} came twice`);
        seen.add(`${camera} ${sequence}`);
      }
    }
  }
}

/** The batches as they came, each checked to be whole and with at most one frame of a camera. */
function splitBatches(frames: readonly ReceivedFrame[]): ReceivedFrame[][] {
  const batches: ReceivedFrame[][] = [];
  for (const frame of frames) {
    if (frame.batch?.index === 0) batches.push([]);
    batches.at(-1)?.push(frame);
  }
  for (const batch of batches) {
    assert.deepEqual(
      batch.map((frame) => [frame.batch?.index, frame.batch?.length]),
      batch.map((_, index) => [index, batch.length]),
    );
    assert.equal(new Set(batch.map(({ connection }) => connection.name)).size, batch.length);
    assert.ok(batch.every((frame, i) => (frame.batch?.groupSequence ?? 0) > (batch[i - 1]?.batch?.groupSequence ?? 0)));
  }
  return batches;
}

/** Publishes frames of all cameras, round after round, until it is stopped. */
async function publishAll(publisher: TrialPublisher, stop: AbortSignal, from = 0): Promise<number> {
  let sequence = from;
  while (!stop.aborted) {
    sequence++;
    await Promise.all(cameras.map((camera) => publisher.publish(camera, sequence)));
    // Cameras have pauses.
    await setTimeout(2);
  }
  return sequence;
}

test('Subscription shares the newest frames when several do, in batches within bounds', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using one = new TrialSubscription(server.url, { mode });
  await using two = new TrialSubscription(server.url, { mode });
  for (const { handler } of [one, two]) {
    handler.answer = async () => {
      await setTimeout(5);
      return true;
    };
  }
  const stop = new AbortController();
  const publishing = publishAll(publisher, stop.signal);
  await until(() => one.handler.frames.length > 100 && two.handler.frames.length > 100);
  stop.abort();
  await publishing;
  checkOrder([one, two]);
  for (const { handler } of [one, two]) {
    const lengths = splitBatches(handler.frames).map(({ length }) => length);
    assert.ok(lengths.every((length) => length <= 4) && lengths.includes(4), String(lengths));
    // Frames that other consumers got are no loss.
    assert.equal(handler.frames[0]?.connection.delivery, 'every');
  }
});

test('Subscription waits for the sinks when it shares, and then gives the newest', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using subscription = new TrialSubscription(server.url, { mode });
  const { handler } = subscription;
  await until(() => subscription.log.lines.length > 0);
  const answer = Promise.withResolvers<boolean>();
  handler.answer = () => answer.promise;
  await publisher.publish('a', 1);
  await until(() => handler.frames.length === 1);
  for (let sequence = 2; sequence <= 30; sequence++) {
    for (const camera of ['a', 'b', 'c', 'd', 'e']) await publisher.publish(camera, sequence);
  }
  assert.equal(handler.frames.length, 1);
  handler.answer = () => true;
  answer.resolve(true);
  await until(() => handler.frames.length === 6);
  assert.deepEqual(
    handler.frames.slice(1).map(({ connection, sequence }) => `${connection.name}${sequence}`),
    ['a30', 'b30', 'c30', 'd30', 'e30'],
  );
  assert.deepEqual(
    splitBatches(handler.frames).map(({ length }) => length),
    [1, 4, 1],
  );
});

test('Subscription makes up for another when that one is gone in the middle of its work', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  const stop = new AbortController();
  const publishing = publishAll(publisher, stop.signal);
  await using one = new TrialSubscription(server.url, { mode });
  {
    await using stopped = new TrialSubscription(server.url, { mode });
    await until(() => stopped.handler.frames.length > 20);
    stopped.handler.answer = () => new Promise((resolve) => setTimeout(50, false).then(resolve));
  }
  const before = one.handler.frames.length;
  for (const camera of cameras) {
    await until(() => one.handler.frames.slice(before).some(({ connection }) => connection.name === camera));
  }
  stop.abort();
  await publishing;
  checkOrder([one]);
});

test('Subscription goes on sharing when the NATS server is killed under load', async () => {
  await using server = await NatsServer.start();
  await using one = new TrialSubscription(server.url, { mode });
  await using two = new TrialSubscription(server.url, { mode });
  let sequence = 0;
  for (let round = 0; round < 2; round++) {
    await using publisher = await TrialPublisher.open(server.url);
    const stop = new AbortController();
    const publishing = publishAll(publisher, stop.signal, sequence);
    const before = [one, two].map(({ handler }) => handler.frames.length);
    await until(() => [one, two].every(({ handler }, i) => handler.frames.length > (before[i] ?? 0) + 50));
    stop.abort();
    sequence = await publishing;
    if (round === 0) await server.restart();
  }
  checkOrder([one, two]);
});

test('Subscription ends with STREAM_UNUSABLE when it is to share a stream that keeps more than the newest', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 10 });
  await publisher.publish('a', 1);
  const nats = makeNatsOptions(server.url, { retries: 1 });
  await using subscription = new TrialSubscription(server.url, { mode, nats });
  await assert.rejects(subscription.ended, {
    code: 'STREAM_UNUSABLE',
    message:
      /must keep 1 of each camera \(max_msgs_per_subject\): it keeps 10; workers need a stream of --publish-stream newest/,
  });
});

test('Subscription ends with STREAM_UNUSABLE when the group is another kind of consumer', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  const manager = await jetstreamManager(publisher.connection);
  await manager.consumers.add('FRAMES', { durable_name: 'workers', ack_policy: 'explicit' });
  const nats = makeNatsOptions(server.url, { retries: 1 });
  await using subscription = new TrialSubscription(server.url, { mode, nats });
  await assert.rejects(subscription.ended, {
    code: 'STREAM_UNUSABLE',
    message: /ack_policy explicit rather than none/,
  });
});

test('Subscription ends with STREAM_UNUSABLE when the group gets no pictures, or fewer at once than it is to hand over', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  const manager = await jetstreamManager(publisher.connection);
  const limits = { headers_only: true, max_batch: 3, filter_subject: 'frames.>', deliver_policy: 'new' } as const;
  await manager.consumers.add('FRAMES', { durable_name: 'workers', ack_policy: 'none', ...limits });
  const nats = makeNatsOptions(server.url, { retries: 1 });
  await using subscription = new TrialSubscription(server.url, { mode, nats });
  await assert.rejects(subscription.ended, {
    code: 'STREAM_UNUSABLE',
    message: /with headers_only, max_batch 3 rather than at least 4 \(--batch\)/,
  });
});

test('Subscription tells once what the server says when that rejects what a worker asks for', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  const manager = await jetstreamManager(publisher.connection);
  const limits = { max_expires: 1e9, filter_subject: 'frames.>', deliver_policy: 'new' } as const;
  await manager.consumers.add('FRAMES', { durable_name: 'workers', ack_policy: 'none', ...limits });
  await using subscription = new TrialSubscription(server.url, { mode });
  const { log } = subscription;
  await until(() => log.lines.length === 2);
  assert.match(log.lines[1] ?? '', /gives no frames of frames.>: 409 Exceeded MaxRequestExpires/);
  // It asks again twice a second.
  await setTimeout(1200);
  assert.equal(log.lines.length, 2);
});

test('Subscription gives whole batches when as many cameras as make one send all the time', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using subscription = new TrialSubscription(server.url, { mode: { ...mode, batch: 2, waitMs: 500 } });
  const { handler, log } = subscription;
  await until(() => log.lines.length > 0);
  for (let sequence = 1; splitBatches(handler.frames).length < 5; sequence++) {
    for (const camera of ['a', 'b']) {
      await publisher.publish(camera, sequence);
      await setTimeout(50);
    }
  }
  assert.deepEqual(
    splitBatches(handler.frames)
      .slice(0, 5)
      .map(({ length }) => length),
    [1, 2, 2, 2, 2],
  );
});
