import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { BatchReader } from '../../src/nats/subscribing/batch-reader.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

/** Seconds for a few of these pictures. */
const slow = { down: { bytesPerSecond: 100_000 } };
const large = tinyJpeg(640, 480, 40_000);

test('Subscription gets all frames that it shares when the link is slow', async () => {
  await using server = await NatsServer.start();
  await using proxy = await FaultProxy.open(server.port, slow);
  await using publisher = await TrialPublisher.open(server.url);
  const mode = { kind: 'shared', group: 'workers', batch: 16, waitMs: 20 } as const;
  await using subscription = new TrialSubscription(`nats://127.0.0.1:${proxy.port}`, { mode });
  const { handler, log } = subscription;
  await until(() => log.lines.length > 0);
  const cameras = Array.from({ length: 16 }, (_, i) => `c${i}`);
  await Promise.all(cameras.map((camera) => publisher.publish(camera, 1, {}, large)));
  await until(() => handler.frames.length === cameras.length);
  assert.ok(
    handler.frames.every(({ batch }) => (batch?.length ?? 99) < 12),
    'as many at once as the link carries in 2 s',
  );
});

test('Subscription has few frames in flight when it replays over a slow link', async () => {
  await using server = await NatsServer.start();
  await using proxy = await FaultProxy.open(server.port, slow);
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  const manager = await jetstreamManager(publisher.connection);
  for (let sequence = 1; sequence <= 60; sequence++) await publisher.publish('a', sequence, {}, large);
  const mode = { kind: 'replay' } as const;
  await using subscription = new TrialSubscription(`nats://127.0.0.1:${proxy.port}`, { mode });
  const { handler } = subscription;
  await until(() => handler.frames.length >= 5);
  const [consumer] = await manager.consumers.list('FRAMES').next();
  const inFlight = (consumer?.delivered.consumer_seq ?? 99) - handler.frames.length;
  assert.ok(inFlight <= 10, String(inFlight));
});

/** A consumer that a test is the server of. */
function openBatches(isGone = false) {
  const lost: number[] = [];
  let callback: (error: null, message: Msg) => void = () => undefined;
  const connection = {
    subscribe: (_: string, options: { callback: typeof callback }) => {
      callback = options.callback;
      return { unsubscribe: () => undefined };
    },
    publish: () => undefined,
    isClosed: () => false,
    status: async function* () {},
  } as unknown as NatsConnection;
  const place = { connection, stream: 'FRAMES', consumer: 'workers', isGone: async () => isGone };
  const batches = new BatchReader(place, 0, new AbortController().signal, (max) => lost.push(max));
  const deliver = () => callback(null, { subject: 'frames.a' } as Msg);
  return { batches, lost, deliver };
}

test('BatchReader waits on when messages still come, and tells what is lost when none does', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { batches, lost, deliver } = openBatches();
  const whole = batches.take(4);
  for (let i = 0; i < 4; i++) {
    mock.timers.tick(9000);
    deliver();
  }
  assert.equal((await whole).length, 4);
  const torn = batches.take(4);
  deliver();
  mock.timers.tick(10_000);
  mock.timers.tick(1000);
  assert.equal((await torn).length, 1);
  await setImmediate();
  assert.deepEqual([lost, batches.isOver], [[3], true]);
});

test('BatchReader loses nothing when none came to an idle worker', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { batches, lost } = openBatches();
  const waiting = batches.wait();
  batches.close();
  assert.deepEqual([await waiting, lost], [[], []]);
});

for (const isGone of [true, false]) {
  const outcome = isGone ? 'loses nothing when its consumer is gone' : 'waits on when its consumer is there';
  test(`BatchReader asks after a second without an answer, and ${outcome}`, async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.after(() => mock.timers.reset());
    const { batches, lost, deliver } = openBatches(isGone);
    const taken = batches.take(1);
    mock.timers.tick(1000);
    await setImmediate();
    assert.deepEqual(
      [batches.isOver, batches.reason],
      isGone ? [true, 'their consumer was deleted'] : [false, undefined],
    );
    if (!isGone) deliver();
    assert.equal((await taken).length, isGone ? 0 : 1);
    assert.deepEqual(lost, []);
  });
}
