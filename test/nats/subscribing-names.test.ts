import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { test } from '../support/at-once.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

/** Longer than a camera may be silent while another of its name takes its place. */
// Real time: the server is a real one, and cameras that share a name are told apart by the time between their frames.
const formerMs = 600;

test('Subscription has one camera when another stream of it begins after a while, or after it was said to be gone', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  await publisher.publish('a', 7, { stream: 'first' });
  await until(() => handler.frames.length === 1);
  await setTimeout(formerMs);
  await publisher.publish('a', 1, { stream: 'second' });
  await until(() => handler.frames.length === 2);
  const news = { event: 'down', publisher: 'trial', stream: 'second' };
  publisher.connection.publish('events.a', JSON.stringify(news));
  await publisher.connection.flush();
  await publisher.publish('a', 1, { stream: 'third' });
  await until(() => handler.frames.length === 3);
  assert.deepEqual(
    handler.left.map(({ sender, error }) => [sender.stream, error]),
    [
      ['first', undefined],
      ['second', undefined],
    ],
  );
});

test('Subscription keeps a camera that another publisher has when the former one says that it is down', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  await publisher.publish('a', 1);
  await until(() => handler.frames.length === 1);
  publisher.connection.publish('events.a', JSON.stringify({ event: 'down', publisher: 'trial', stream: 'a-stream' }));
  await publisher.connection.flush();
  await publisher.publish('a', 2, { publisher: 'other' });
  await setTimeout(2 * formerMs);
  await publisher.publish('a', 3, { publisher: 'other' });
  await until(() => handler.frames.length === 3);
  assert.equal(handler.left.length, 0);
});

test('Subscription has cameras of one name side by side when they send at the same time', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  await publisher.publish('a', 1, { stream: 'x' });
  await until(() => handler.frames.length === 1);
  for (const sequence of [2, 3, 4]) {
    for (const stream of ['x', 'y', 'z']) await publisher.publish('a', sequence, { stream });
  }
  await until(() => handler.frames.length === 10);
  assert.deepEqual(
    handler.arrived.map(({ stream, dropped }) => [stream, dropped]),
    [
      ['x', 0],
      ['y', 0],
      ['z', 0],
    ],
  );
  assert.equal(handler.left.length, 0);
});

test('Subscription has slow cameras of one name side by side when each has come back', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  for (const sequence of [1, 2, 3, 4]) {
    for (const stream of ['x', 'y']) {
      await publisher.publish('a', sequence, { stream });
      await setTimeout(formerMs);
    }
  }
  await until(() => handler.frames.length === 8);
  assert.deepEqual(
    handler.left.map(({ sender }) => sender.stream),
    ['x', 'y'],
  );
});

test('Subscription has one camera after another when it replays what was sent at different times', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  for (const stream of ['first', 'second']) {
    for (const sequence of [1, 2]) await publisher.publish('a', sequence, { stream });
    await setTimeout(formerMs);
  }
  await using subscription = new TrialSubscription(server.url, { mode: { kind: 'replay' } });
  const { handler } = subscription;
  await until(() => handler.frames.length === 4);
  assert.deepEqual(
    handler.left.map(({ sender }) => sender.stream),
    ['first'],
  );
});

test('Subscription takes no more cameras of one name when eight send', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  await publisher.publish('a', 1, { stream: 's0' });
  await until(() => handler.frames.length === 1);
  await Promise.all(Array.from({ length: 20 }, (_, i) => publisher.publish('a', 1, { stream: `s${i + 1}` })));
  await until(() => handler.rejections.length === 13);
  assert.ok(handler.rejections.every((code) => code === 'TOO_MANY_SENDERS'));
  assert.equal(handler.arrived.length, 8);
});

test('Subscription goes on with a camera when a made-up sequence came in between, and counts nothing for it', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url, { mode: { kind: 'replay' } });
  const { handler } = subscription;
  for (const sequence of [1, 2, Number.MAX_SAFE_INTEGER, 3, 4, 5, 6, 7, 8]) await publisher.publish('a', sequence);
  await until(() => handler.frames.length === 5);
  assert.deepEqual(handler.sequences('a'), [1, 2, Number.MAX_SAFE_INTEGER, 7, 8]);
  assert.deepEqual([handler.arrived[0]?.dropped, handler.arrived[0]?.duplicates], [0, 4]);
});

test('Subscription drops frames that a camera sends again when they are not far back', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url, { mode: { kind: 'replay' } });
  const { handler } = subscription;
  for (const sequence of [498, 499, 500]) await publisher.publish('a', sequence);
  for (let sequence = 480; sequence <= 501; sequence++) await publisher.publish('a', sequence);
  await until(() => handler.frames.length === 4);
  assert.deepEqual(handler.sequences('a'), [498, 499, 500, 501]);
});
