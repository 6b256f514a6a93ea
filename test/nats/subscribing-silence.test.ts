import assert from 'node:assert/strict';
import { jetstreamManager } from '@nats-io/jetstream';
import { describeAbsence } from '../../src/nats/subscribing/absence.ts';
import type { StreamContext } from '../../src/nats/subscribing/consumers.ts';
import { test } from '../support/at-once.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

async function openContext({ connection }: TrialPublisher, subject: string): Promise<StreamContext> {
  const manager = await jetstreamManager(connection);
  const stream = await manager.streams.info('FRAMES');
  const { signal } = new AbortController();
  return { connection, manager, stream, subject, over: signal, stop: signal };
}

test('Subscription tells once which cameras there are when no picture comes on its subject', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 10 });
  for (const camera of ['north.gate', 'garden']) await publisher.publish(camera, 1);
  await using subscription = new TrialSubscription(server.url, { subject: 'frames.gardn' });
  await using other = new TrialSubscription(server.url, { subject: 'frames.garden' });
  const { log } = subscription;
  await until(() => log.lines.length === 2);
  assert.equal(log.lines[1], 'warn: no picture came on frames.gardn yet; there are: garden, north.gate');
  assert.equal(other.log.lines.length, 1);
});

test('describeAbsence names at most ten cameras, none where there are none, and is silent where frames are there', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 10 });
  const line = 'no picture came on frames.gardn yet';
  assert.equal(await describeAbsence(await openContext(publisher, 'frames.gardn')), `${line}; the stream holds none`);
  const cameras = ['b', 'a', 'i', 'h', 'g', 'f', 'e', 'd', 'c', 'l', 'k', 'j'];
  for (const camera of cameras) await publisher.publish(camera, 1);
  assert.equal(
    await describeAbsence(await openContext(publisher, 'frames.gardn')),
    `${line}; there are: a, b, c, d, e, f, g, h, i, j and 2 more`,
  );
  assert.equal(await describeAbsence(await openContext(publisher, 'frames.b')), undefined);
});

test('Subscription says that the NATS server is away when cameras leave while it is', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using subscription = new TrialSubscription(server.url, { idleTimeoutMs: 1500 });
  const { handler } = subscription;
  await publisher.publish('a', 1);
  await until(() => handler.frames.length === 1);
  await server.kill();
  await until(() => handler.left.length === 1);
  const { code, message } = handler.left[0]?.error ?? {};
  assert.equal(code, 'CONNECT_FAILED');
  assert.match(message ?? '', /the NATS server is away$/);
});
