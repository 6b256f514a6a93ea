import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { headers } from '@nats-io/transport-node';
import { formatConnection } from '../../src/frames/received-frame.ts';
import { encodeMetadata } from '../../src/nats/frame-headers.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { test } from '../support/at-once.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { defaultFacts, picture, TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

test('Subscription hands over the newest frame of each camera when it comes late', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  for (const sequence of [1, 2, 3]) for (const camera of ['a', 'b', 'c']) await publisher.publish(camera, sequence);
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  await until(() => handler.frames.length === 3);
  assert.deepEqual(
    handler.frames.map(({ connection, sequence }) => [connection.name, sequence]),
    [
      ['a', 3],
      ['b', 3],
      ['c', 3],
    ],
  );
  await publisher.publish('b', 4);
  await publisher.publish('b', 6);
  await until(() => handler.frames.length === 5);
  await subscription.stop();
  const [a, b] = handler.arrived;
  assert.deepEqual(Uint8Array.from(handler.frames[0]?.jpeg ?? []), picture);
  assert.deepEqual([handler.frames[0]?.width, handler.frames[0]?.height], [64, 48]);
  assert.equal(formatConnection(a as never), 'a (10.0.0.7:4711)');
  assert.deepEqual([b?.frames, b?.dropped, b?.duplicates, b?.delivery, b?.stream], [3, 1, 0, 'latest', 'b-stream']);
  assert.deepEqual(
    handler.left.map(({ sender, error }) => [sender.name, error]),
    [
      ['a', undefined],
      ['b', undefined],
      ['c', undefined],
    ],
  );
});

test('Subscription hands over the newest rather than old ones when a sink is slow', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  const semaphore = Promise.withResolvers<boolean>();
  handler.answer = ({ sequence }) => (sequence === 1 ? semaphore.promise : true);
  for (let sequence = 1; sequence <= 50; sequence++) {
    await publisher.publish('a', sequence);
    if (sequence === 1) await until(() => handler.frames.length === 1);
  }
  await publisher.publish('b', 1, {}, tinyJpeg(32, 32));
  await until(() => handler.sequences('b').length === 1);
  semaphore.resolve(true);
  await until(() => handler.sequences('a').length === 2);
  assert.deepEqual(handler.sequences('a'), [1, 50]);
  assert.equal(handler.arrived[0]?.dropped, 48);
});

test('Subscription begins again at the newest when a stream that keeps more is far ahead', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 5000 });
  await publisher.publish('a', 1);
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  await until(() => handler.frames.length === 1);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  handler.answer = () => Atomics.wait(cell, 0, 0, 2) === 'timed-out';
  const max = 2000;
  await Promise.all(Array.from({ length: max }, (_, i) => publisher.publish('a', i + 2)));
  await until(() => handler.sequences('a').at(-1) === max + 1);
  const sequences = handler.sequences('a');
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  assert.ok(sequences.length < max, String(sequences.length));
  assert.equal(handler.arrived[0]?.dropped, max + 1 - sequences.length);
});

test('Subscription counts what is no frame when hostile messages come', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  const limits = { ...defaultFrameLimits, maxFrameBytes: 5000, maxWidth: 640, maxHeight: 480 };
  await using subscription = new TrialSubscription(server.url, { limits });
  const { handler, log } = subscription;
  const { connection } = publisher;
  await publisher.publish('good', 1);
  await until(() => handler.frames.length === 1);
  const good = encodeMetadata(defaultFacts('x', 1));
  const metadata = (key: string, value: string) => {
    const changed = encodeMetadata(defaultFacts('x', 1));
    changed.set(key, value);
    return changed;
  };
  connection.publish('frames.none', picture);
  connection.publish('frames.empty', new Uint8Array(0), { headers: good });
  connection.publish('frames.text', 'hello', { headers: good });
  connection.publish('frames.large', tinyJpeg(60_000, 60_000), { headers: good });
  connection.publish('frames.long', tinyJpeg(64, 48, 6000), { headers: good });
  for (const sequence of ['0', '-1', '1.5', '9'.repeat(30), 'one', 'NaN', '']) {
    connection.publish('frames.number', picture, { headers: metadata('Frame-Sequence', sequence) });
  }
  connection.publish('frames.who', picture, { headers: metadata('Frame-Publisher', '*.>') });
  connection.publish(`frames.${'n'.repeat(200)}`, picture, { headers: good });
  const status = headers(404, 'No Messages');
  connection.publish('frames.status', picture, { headers: status });
  // Names that are those of other cameras, or none, do no harm.
  connection.publish('frames.mine', picture, { headers: metadata('Frame-Name', 'good') });
  connection.publish('frames.odd', picture, { headers: metadata('Frame-Name', '*.>') });
  connection.publish('frames.late', picture, { headers: metadata('Frame-Latency-Ms', '1e400') });
  await until(() => handler.frames.length + handler.rejections.length >= 13);
  await publisher.publish('good', 2);
  await until(() => handler.sequences('good').length === 2);
  assert.deepEqual(
    new Set(handler.rejections),
    new Set(['BAD_MESSAGE', 'NOT_JPEG', 'PICTURE_TOO_LARGE', 'FRAME_TOO_LONG']),
  );
  assert.deepEqual(handler.frames.map(({ connection }) => connection.name).sort(), [
    'good',
    'good',
    'late',
    'mine',
    'odd',
  ]);
  assert.ok(log.lines.some((line) => line.includes('frames.large') && line.includes('[PICTURE_TOO_LARGE]')));
});

test('Subscription drops duplicates when sequences do not go up, unless the camera has no stream and connects anew', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url, { frames: 1000 });
  await using subscription = new TrialSubscription(server.url, { mode: { kind: 'replay' } });
  const { handler } = subscription;
  for (const sequence of [5, 5, 4, 6]) await publisher.publish('a', sequence);
  for (const sender of ['10.0.0.1:1', '10.0.0.1:2']) {
    for (const sequence of [1, 2]) await publisher.publish('plain', sequence, { stream: undefined, address: sender });
  }
  await until(() => handler.frames.length === 6);
  assert.deepEqual(handler.sequences('a'), [5, 6]);
  assert.deepEqual(handler.sequences('plain'), [1, 2, 1, 2]);
  assert.deepEqual(
    handler.arrived.map(({ duplicates, dropped }) => [duplicates, dropped]),
    [
      [2, 0],
      [0, 0],
    ],
  );
});

test('Subscription has a camera leave when its publisher says that it is down, and arrive when it is back', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  for (const camera of ['a', 'north.b']) await publisher.publish(camera, 1, { stream: 's1' });
  await until(() => handler.frames.length === 2);
  const tell = (camera: string, news: unknown) =>
    publisher.connection.publish(`events.${camera}`, JSON.stringify(news));
  tell('a', { event: 'down', publisher: 'other', stream: 's1' });
  tell('a', { event: 'down', publisher: 'trial', stream: 's2' });
  publisher.connection.publish('events.a', '{"event":"down"');
  publisher.connection.publish('events.a', `{"event":"down"${' '.repeat(5000)}}`);
  tell('north.b', { event: 'down', publisher: 'trial', stream: 's1' });
  await until(() => handler.left.length > 0);
  // Another one that leaves, which would be wrong, would have left by then.
  await setTimeout(600);
  assert.deepEqual(
    handler.left.map(({ sender, error }) => [sender.name, error]),
    [['north.b', undefined]],
  );
  await publisher.publish('north.b', 2, { stream: 's1' });
  await until(() => handler.arrived.length === 3);
});

test('Subscription has a camera leave when it is silent, and arrive when it is back', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  await using subscription = new TrialSubscription(server.url, { idleTimeoutMs: 300 });
  const { handler } = subscription;
  await publisher.publish('a', 1);
  await until(() => handler.left.length === 1);
  assert.equal(handler.left[0]?.error?.code, 'IDLE');
  await publisher.publish('a', 2);
  await until(() => handler.arrived.length === 2);
});

test('Subscription waits when there is no stream yet, and goes on when the NATS server was killed', async () => {
  await using server = await NatsServer.start();
  await using subscription = new TrialSubscription(server.url);
  const { handler, log } = subscription;
  await until(() => log.lines.length > 0);
  assert.deepEqual(log.lines, ['warn: no stream accepts frames.> yet: waiting for a publisher']);
  {
    await using publisher = await TrialPublisher.open(server.url);
    await publisher.publish('a', 1);
    await until(() => handler.frames.length === 1);
    await server.kill();
  }
  await server.restart();
  await using publisher = await TrialPublisher.open(server.url);
  await publisher.publish('a', 2);
  await until(() => handler.frames.length === 2);
  assert.equal(handler.left.length, 0);
  assert.deepEqual(handler.sequences('a'), [1, 2]);
});

test('Subscription makes its consumer anew when the stream is deleted', async () => {
  await using server = await NatsServer.start();
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  for (const sequence of [1, 2]) {
    await using publisher = await TrialPublisher.open(server.url);
    await publisher.publish('a', sequence);
    await until(() => handler.frames.length === sequence);
    const { jetstreamManager } = await import('@nats-io/jetstream');
    await (await jetstreamManager(publisher.connection)).streams.delete('FRAMES');
  }
});
