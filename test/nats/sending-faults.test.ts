import assert from 'node:assert/strict';
import { jetstreamManager, type StreamAPI } from '@nats-io/jetstream';
import type { CodedError } from '../../src/errors.ts';
import { test } from '../support/at-once.ts';
import { range } from '../support/frames.ts';
import { NatsServer } from '../support/nats-server.ts';
import { findFreePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { StreamObserver, TrialSender } from './sending-trial.ts';

test('NatsSender drops a frame over the limit of the server, and says so once until one fits again', async () => {
  await using server = await NatsServer.start({ maxPayload: 20_000 });
  await using trial = new TrialSender(server.url, 'every');
  for (const bytes of [30_000, 19_900, 1000, 30_000]) trial.camera.capture(bytes);
  await until(() => trial.sender.rejected === 3);
  trial.camera.end();
  assert.equal(await trial.ended, undefined);
  assert.equal(trial.sender.frames, 1);
  assert.ok([1, 2].includes(trial.warnings.length), trial.warnings.join());
  assert.match(trial.warnings[0] ?? '', /gate .* takes at most 20000 bytes: it has 30\d\d\d; .* \[FRAME_TOO_LONG\]$/);
});

test('NatsSender drops a frame that is too long for the stream, and does not try it again', async () => {
  await using server = await NatsServer.start();
  await using observer = await StreamObserver.open(server.url);
  const { streams } = await jetstreamManager(observer.connection);
  await streams.add({ name: 'SMALL', subjects: ['frames.>', 'events.>'], max_msg_size: 2000 });
  await using trial = new TrialSender(server.url, 'every', { count: 1 });
  for (const bytes of [3000, 200]) trial.camera.capture(bytes);
  assert.equal(await trial.ended, undefined);
  assert.deepEqual([trial.sender.frames, trial.sender.rejected], [1, 1]);
  assert.match(
    trial.warnings.at(-1) ?? '',
    /gate as the stream SMALL takes at most 2000 bytes: it has 3\d\d\d; make the pictures smaller .* \(max_msg_size\)/,
  );
});

for (const delivery of ['latest', 'every'] as const) {
  test(`NatsSender goes on by itself when the server takes frames again, with ${delivery}`, async () => {
    await using server = await NatsServer.start();
    await using observer = await StreamObserver.open(server.url);
    const { streams } = await jetstreamManager(observer.connection);
    const limits = { discard: 'new', max_msgs: 1 } as const;
    await streams.add({ name: 'FULL', subjects: ['frames.>'], ...limits });
    await using trial = new TrialSender(server.url, delivery);
    trial.camera.capture();
    await until(() => trial.sender.frames === 1);
    for (let i = 0; i < 3; i++) trial.camera.capture();
    await until(() => trial.warnings.length === 2);
    assert.match(
      trial.warnings[1] ?? '',
      /frames\.gate: maximum messages exceeded: raise that limit of the stream, or/,
    );
    await streams.update('FULL', { max_msgs: 100 });
    trial.camera.capture();
    await until(async () => (await observer.readSequences('FULL')).at(-1) === 5);
    if (delivery === 'every') assert.deepEqual(await observer.readSequences('FULL'), range(1, 5));
    await until(() => trial.sender.frames + trial.sender.rejected + trial.sender.dropped === 5);
  });

  test(`NatsSender makes the stream again when it is deleted, with ${delivery}`, async () => {
    await using server = await NatsServer.start();
    await using observer = await StreamObserver.open(server.url);
    await using trial = new TrialSender(server.url, delivery);
    trial.camera.capture();
    await until(() => trial.sender.frames === 1);
    await (await jetstreamManager(observer.connection)).streams.delete('FRAMES');
    trial.camera.capture();
    await until(() => trial.warnings.length === 1);
    trial.camera.capture();
    await until(() => trial.sender.frames + trial.sender.rejected + trial.sender.dropped === 3);
    const sequences = await observer.readSequences();
    if (delivery === 'every') assert.deepEqual(sequences, [2, 3]);
    else assert.equal(sequences.at(-1), 3);
    const told = 'warn: Cannot publish a frame to frames.gate: no stream accepts it (try 1); next try in 1.0 s';
    assert.deepEqual(trial.warnings, [told]);
  });
}

for (const delivery of ['latest', 'every'] as const) {
  test(`NatsSender gives up with REJECTED when the server lets it publish nothing, with ${delivery}`, async () => {
    const permissions = { publish: { deny: ['frames.>'] } };
    await using server = await NatsServer.start({ users: [{ user: 'pi', password: 'berry', permissions }] });
    await using trial = new TrialSender(server.url.replace('//', '//pi:berry@'), delivery, { count: 1 }, 2);
    for (let i = 0; i < 3; i++) trial.camera.capture();
    const { code, message } = (await trial.ended) as CodedError;
    assert.equal(code, 'REJECTED');
    assert.match(
      message,
      /frames\.gate: this user may not use frames\.gate; allow it .*; gave up after 2 tries in a row/,
    );
    assert.match(trial.warnings[0] ?? '', /frames\.gate.* \(try 1 of 2\); next try in/);
    assert.equal(trial.sender.frames, 0);
  });
}

/** A stream that takes no frame beyond so many bytes. */
async function addFullStream({ connection }: StreamObserver, maxBytes: number): Promise<StreamAPI> {
  const { streams } = await jetstreamManager(connection);
  await streams.add({ name: 'FULL', subjects: ['frames.>'], discard: 'new', max_bytes: maxBytes });
  return streams;
}

test('NatsSender says so at the first, second and fourth try when the server never takes a frame, and goes on', async () => {
  await using server = await NatsServer.start();
  await using observer = await StreamObserver.open(server.url);
  const streams = await addFullStream(observer, 10);
  await using trial = new TrialSender(server.url, 'every');
  trial.camera.capture();
  await until(() => trial.warnings.length === 4);
  const tries = trial.warnings.slice(1).map((line) => /maximum bytes exceeded: raise .* \(try (\d)\)/.exec(line)?.[1]);
  assert.deepEqual(tries, ['1', '2', '4']);
  await streams.update('FULL', { max_bytes: 100_000 });
  await until(() => trial.sender.frames === 1);
});

test('NatsSender with every lets no frame overtake one that the stream does not take for a while', async () => {
  await using server = await NatsServer.start();
  await using observer = await StreamObserver.open(server.url);
  const streams = await addFullStream(observer, 5000);
  await using trial = new TrialSender(server.url, 'every');
  for (const bytes of [200, 6000]) trial.camera.capture(bytes);
  await until(() => trial.warnings.some((line) => line.includes('maximum bytes exceeded')));
  for (let i = 0; i < 5; i++) trial.camera.capture(200);
  await until(() => trial.warnings.some((line) => line.includes('(try 2)')));
  await streams.update('FULL', { max_bytes: 100_000 });
  await until(() => trial.sender.frames === 7);
  assert.deepEqual(await observer.readSequences('FULL'), range(1, 7));
});

test('NatsSender with every ends when every frame is too long and so many are asked for', async () => {
  await using server = await NatsServer.start({ maxPayload: 2000 });
  await using trial = new TrialSender(server.url, 'every', { count: 1 }, 2);
  for (let i = 0; i < 5; i++) trial.camera.capture(3000);
  const { code, message } = (await trial.ended) as CodedError;
  assert.equal(code, 'FRAME_TOO_LONG');
  assert.match(message, /takes at most 2000 bytes: it has 3\d\d\d; .*; gave up after 2 tries in a row/);
});

test('NatsSender fails when its camera ends and every frame was too long', async () => {
  await using server = await NatsServer.start({ maxPayload: 2000 });
  await using trial = new TrialSender(server.url, 'every');
  trial.camera.capture(3000);
  trial.camera.end();
  assert.equal(((await trial.ended) as CodedError).code, 'FRAME_TOO_LONG');
  assert.deepEqual([trial.sender.frames, trial.sender.rejected], [0, 1]);
});

test('NatsSender gives up with REJECTED when the server does not take its login', async () => {
  await using server = await NatsServer.start({ token: 'right' });
  await using trial = new TrialSender(server.url.replace('//', '//wrong@'), 'latest', {}, 2);
  trial.camera.capture();
  const error = (await trial.ended) as CodedError;
  assert.equal(error.code, 'REJECTED');
  assert.match(error.message, /gave up after 2 tries in a row/);
  assert.equal(trial.sender.connects, 0);
});

test('NatsSender gives up with CONNECT_FAILED when there is no server', async () => {
  const port = await findFreePort();
  await using trial = new TrialSender(`nats://127.0.0.1:${port}`, 'every', {}, 2);
  trial.camera.capture();
  assert.equal(((await trial.ended) as CodedError).code, 'CONNECT_FAILED');
});

test('NatsSender gives up with STREAM_UNUSABLE when the server has no JetStream', async () => {
  await using server = await NatsServer.start({ jetstream: false });
  await using trial = new TrialSender(server.url, 'latest', {}, 2);
  trial.camera.capture();
  const error = (await trial.ended) as CodedError;
  assert.equal(error.code, 'STREAM_UNUSABLE');
  assert.match(error.message, /it must have JetStream/);
});
