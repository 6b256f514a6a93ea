import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from '../support/at-once.ts';
import { range } from '../support/frames.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

const mode = { kind: 'replay' } as const;

test('Subscription replays from the oldest stored and goes on live, each once and in order, when it is told to', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  for (const sequence of range(1, 150)) await publisher.publish(sequence % 2 ? 'a' : 'b', sequence);
  await using subscription = new TrialSubscription(server.url, { mode });
  const { handler } = subscription;
  await until(() => handler.frames.length === 150);
  for (const sequence of range(151, 200)) await publisher.publish('a', sequence);
  await until(() => handler.frames.length === 200);
  assert.deepEqual(
    handler.frames.map(({ sequence }) => sequence),
    range(1, 200),
  );
  assert.equal(handler.arrived[0]?.delivery, 'every');
});

test('Subscription asks for no more than waits when the sinks of a replay are slow', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  for (const sequence of range(1, 300)) await publisher.publish('a', sequence);
  await using subscription = new TrialSubscription(server.url, { mode });
  const { handler } = subscription;
  let maxAtOnce = 0;
  let atOnce = 0;
  handler.answer = async () => {
    maxAtOnce = Math.max(maxAtOnce, ++atOnce);
    await setImmediate();
    atOnce--;
    return true;
  };
  await until(() => handler.frames.length === 300);
  assert.deepEqual(handler.sequences('a'), range(1, 300));
  assert.equal(maxAtOnce, 1);
});

test('Subscription replays each once when the NATS server is killed and started again', async () => {
  await using server = await NatsServer.start();
  await using subscription = new TrialSubscription(server.url, { mode });
  const { handler } = subscription;
  let sequence = 0;
  for (let round = 0; round < 3; round++) {
    await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
    const wanted = sequence + 100;
    while (sequence < wanted) await publisher.publish('a', ++sequence);
    if (round < 2) {
      await until(() => handler.frames.length > sequence - 50);
      await server.kill();
      await server.restart();
    }
  }
  await until(() => handler.frames.length >= 300);
  assert.deepEqual(handler.sequences('a'), range(1, 300));
  assert.equal(handler.arrived[0]?.duplicates, 0);
});

test('Subscription replays all when the stream was made anew while it was away', async () => {
  await using server = await NatsServer.start();
  await using subscription = new TrialSubscription(server.url, { mode });
  const { handler } = subscription;
  for (const stream of ['one', 'two']) {
    await using publisher = await TrialPublisher.open(server.url);
    for (const camera of ['a', 'b', 'c']) await publisher.publish(camera, 1, { stream });
    const wanted = stream === 'one' ? 3 : 6;
    await until(() => handler.frames.length === wanted);
    // A stream in memory is gone after a restart.
    if (stream === 'one') await server.kill();
    if (stream === 'one') await server.restart();
  }
});

test('Subscription settles what it gave and gives no more when it is stopped while a sink is slow', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  for (const sequence of range(1, 20)) await publisher.publish('a', sequence);
  await using subscription = new TrialSubscription(server.url, { mode });
  const { handler } = subscription;
  const semaphore = Promise.withResolvers<boolean>();
  handler.answer = () => semaphore.promise;
  await until(() => handler.frames.length === 1);
  let isOver = false;
  const stopped = subscription.stop().then(() => {
    isOver = true;
  });
  await publisher.publish('a', 21);
  assert.equal(isOver, false);
  semaphore.resolve(true);
  await stopped;
  assert.equal(handler.frames.length, 1);
  assert.equal(handler.left.length, 1);
});
