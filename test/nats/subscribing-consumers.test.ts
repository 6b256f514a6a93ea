import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { SubscriptionMode } from '../../src/nats/subscribing/subscription.ts';
import { test } from '../support/at-once.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

const shared = { kind: 'shared', group: 'workers', batch: 4, waitMs: 20 } as const;

/** Publishes frames of one camera, and makes the stream again where it is gone, until it is stopped. */
async function publishAll(url: string, stop: AbortSignal): Promise<void> {
  for (let sequence = 1; !stop.aborted; ) {
    await using publisher = await TrialPublisher.open(url);
    try {
      for (; !stop.aborted; sequence++) {
        await publisher.publish('a', sequence);
        // Cameras have pauses.
        await setTimeout(10);
      }
    } catch {
      // The stream is gone.
    }
  }
}

async function listConsumers(manager: JetStreamManager): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of manager.consumers.list('FRAMES')) names.push(name);
  return names;
}

const deletions: [string, (manager: JetStreamManager) => Promise<unknown>][] = [
  ['consumer', (manager) => manager.consumers.delete('FRAMES', 'workers')],
  ['stream', (manager) => manager.streams.delete('FRAMES')],
];
for (const [what, remove] of deletions) {
  test(`Subscription goes on sharing, without a camera that leaves or a frame that it calls lost, when the ${what} is deleted`, async () => {
    await using server = await NatsServer.start();
    await using watcher = await TrialPublisher.open(server.url);
    const manager = await jetstreamManager(watcher.connection);
    const stop = new AbortController();
    const publishing = publishAll(server.url, stop.signal);
    const options = { mode: shared, idleTimeoutMs: 5000 };
    await using one = new TrialSubscription(server.url, options);
    await using two = new TrialSubscription(server.url, options);
    for (let round = 0; round < 3; round++) {
      const before = [one, two].map(({ handler }) => handler.frames.length);
      await until(() => [one, two].every(({ handler }, i) => handler.frames.length > (before[i] ?? 0) + 5));
      if (round < 2) await remove(manager);
    }
    stop.abort();
    await publishing;
    for (const { handler, log } of [one, two]) {
      assert.doesNotMatch(log.lines.join('\n'), /lost/);
      assert.deepEqual(handler.left, [], log.lines.join('\n'));
    }
  });
}

const own: SubscriptionMode[] = [{ kind: 'newest' }, { kind: 'replay' }];
for (const mode of own) {
  test(`Subscription leaves no consumer in the NATS server when it is stopped while it takes in mode ${mode.kind}`, async () => {
    await using server = await NatsServer.start();
    await using publisher = await TrialPublisher.open(server.url);
    const manager = await jetstreamManager(publisher.connection);
    await publisher.publish('a', 1);
    await using subscription = new TrialSubscription(server.url, { mode });
    await until(() => subscription.handler.frames.length === 1);
    assert.equal((await listConsumers(manager)).length, 1);
    await subscription.stop();
    await until(async () => (await listConsumers(manager)).length === 0);
  });
}

test('Subscription stops when the NATS server is frozen', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await publisher.publish('a', 1);
  await using subscription = new TrialSubscription(server.url);
  await until(() => subscription.handler.frames.length === 1);
  await server.suspend();
  await subscription.stop();
});

const modes: SubscriptionMode[] = [...own, shared];
for (const mode of modes) {
  test(`Subscription says once what has to be allowed when this user may not ask for frames in mode ${mode.kind}`, async () => {
    const permissions = { publish: { deny: ['$JS.API.CONSUMER.MSG.NEXT.>'] } };
    const users = [
      { user: 'all', password: 'x' },
      { user: 'pi', password: 'x', permissions },
    ];
    await using server = await NatsServer.start({ users, extraConfig: 'no_auth_user: all' });
    await using publisher = await TrialPublisher.open(server.url);
    await publisher.publish('a', 1);
    await using subscription = new TrialSubscription(server.url.replace('//', '//pi:x@'), { mode });
    const { log } = subscription;
    await until(() => log.lines.length === 2);
    // It tries again meanwhile, at a real server.
    await setTimeout(1500);
    assert.deepEqual(log.lines.slice(1), [
      'warn: the NATS server gives no frames of frames.>: this user may not publish to $JS.API.CONSUMER.MSG.NEXT.>: the NATS server has to allow it (permissions)',
    ]);
  });
}

test('Subscription takes no more away from its group than is still wanted', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  const manager = await jetstreamManager(publisher.connection);
  const max = 6;
  // As an entry with --count 6 does.
  const wanted = () => max - subscription.handler.frames.length;
  await using subscription = new TrialSubscription(server.url, { mode: shared, wanted });
  const { handler, log } = subscription;
  await until(() => log.lines.length > 0);
  let isDone = false;
  handler.answer = () => {
    // All are there before the second batch is asked for.
    if (handler.frames.length === max) isDone = true;
    return setTimeout(50, true);
  };
  const cameras = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  await Promise.all(cameras.map((camera) => publisher.publish(camera, 1)));
  await until(() => isDone);
  await subscription.stop();
  const { delivered } = await manager.consumers.info('FRAMES', 'workers');
  assert.deepEqual([handler.frames.length, delivered.consumer_seq], [max, max]);
});
