import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { parseIso } from '../../src/protocol/clock/iso-time.ts';
import { test } from '../support/at-once.ts';
import { range } from '../support/frames.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { NatsServer } from '../support/nats-server.ts';
import { findFreePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { StreamObserver, TrialSender } from './sending-trial.ts';

for (const delivery of ['latest', 'every'] as const) {
  test(`NatsSender puts frames into the stream, each once and with what is known of it, with ${delivery}`, async () => {
    await using server = await NatsServer.start();
    await using trial = new TrialSender(server.url, delivery, { name: 'Tür Ost' });
    for (let sequence = 1; sequence <= 5; sequence++) {
      trial.camera.capture(1000 * sequence);
      await until(() => trial.sender.frames === sequence);
    }
    trial.camera.end();
    assert.equal(await trial.ended, undefined);
    assert.deepEqual(trial.warnings, []);
    const { frames, bytes, dropped, connects, state } = trial.sender;
    const { stream } = trial.connector;
    assert.deepEqual([frames, bytes, dropped, connects, state], [5, 15_000, 0, 1, 'ended']);

    await using observer = await StreamObserver.open(server.url);
    const messages = await observer.readStream();
    assert.equal(messages.length, 5);
    for (const [i, { subject, header, data }] of messages.entries()) {
      assert.equal(subject, 'frames.Tur-Ost');
      assert.deepEqual(Uint8Array.from(data), fakeJpeg(i + 1, 9, 1000 * (i + 1)));
      assert.equal(header.get('Frame-Sequence'), `${i + 1}`);
      assert.equal(header.get('Frame-Size'), `${i + 1}x9`);
      assert.equal(header.get('Frame-Name'), 'Tür Ost');
      assert.deepEqual([header.get('Frame-Stream'), header.get('Frame-Publisher')], [stream, stream]);
      assert.equal(header.has('Frame-Address'), false);
      assert.match(header.get('Nats-Msg-Id'), /^[0-9a-f-]{36}$/);
      assert.notEqual(parseIso(header.get('Frame-Captured-At')), undefined);
      assert.ok(Number(header.get('Frame-Latency-Ms')) >= 0);
      assert.equal(header.get('Frame-Latency-Error-Ms'), '0');
    }
  });
}

test('NatsSender ends when as many frames as were asked for are in the stream', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'every', { count: 3 });
  for (let i = 0; i < 5; i++) trial.camera.capture();
  assert.equal(await trial.ended, undefined);
  assert.equal(trial.sender.frames, 3);
});

test('NatsSender connects to nothing when there is never a frame', async () => {
  const port = await findFreePort();
  await using trial = new TrialSender(`nats://127.0.0.1:${port}`, 'latest', {}, 1);
  trial.camera.end();
  assert.equal(await trial.ended, undefined);
  assert.equal(trial.sender.connects, 0);
});

test('NatsSender tells of its camera when that comes, gives no pictures, gives some again and goes', async () => {
  await using server = await NatsServer.start();
  await using observer = await StreamObserver.open(server.url);
  const events: Record<string, unknown>[] = [];
  observer.connection.subscribe('events.gate', { callback: (_, message) => void events.push(message.json()) });
  await observer.connection.flush();
  await using trial = new TrialSender(server.url, 'latest', { stallAfterMs: 2000 });
  trial.camera.capture();
  await until(() => events.some(({ event }) => event === 'stall'));
  trial.camera.capture();
  await until(() => trial.sender.frames === 2);
  trial.camera.end();
  assert.equal(await trial.ended, undefined);
  await until(() => events.some(({ event }) => event === 'down'));
  assert.deepEqual(
    events.map(({ event }) => event),
    ['up', 'stall', 'up', 'down'],
  );
  const { stream } = trial.connector;
  for (const { camera, publisher, stream: told } of events)
    assert.deepEqual([camera, publisher, told], ['gate', stream, stream]);
  assert.equal(events.at(-1)?.['frames'], 2);
});

async function captureMany({ camera }: TrialSender, frames: number): Promise<void> {
  for (let i = 0; i < frames; i++) {
    camera.capture();
    // A source is asked for one frame at a time.
    await setTimeout(1);
  }
}

test('NatsSender with latest drops while the server is frozen, and sends the newest frame when it goes on', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'latest');
  trial.camera.capture();
  await until(() => trial.sender.frames === 1);
  await server.suspend();
  await captureMany(trial, 50);
  // Two are in flight, one waits.
  await until(() => trial.sender.dropped === 47);
  server.resume();
  await until(() => trial.sender.frames === 4);
  await using observer = await StreamObserver.open(server.url);
  assert.deepEqual(await observer.readSequences(), [1, 2, 3, 51]);
  assert.equal(trial.sender.connects, 1);
});

test('NatsSender with latest sends the newest frame over the next connection when the server was away', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'latest');
  trial.camera.capture();
  await until(() => trial.sender.frames === 1);
  await server.kill();
  await until(() => trial.sender.state === 'waiting to connect again');
  await captureMany(trial, 50);
  await server.restart();
  await until(() => trial.sender.frames === 2);
  await using observer = await StreamObserver.open(server.url);
  assert.deepEqual(await observer.readSequences(), [1, 51]);
  assert.equal(trial.sender.dropped, 49);
});

test('NatsSender with every captures a live source on while the server is away, and drops what the buffer has no room for', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'every', { bufferBytes: 1000 }, 0, true);
  trial.camera.capture();
  await until(() => trial.sender.frames === 1);
  await server.kill();
  await until(() => trial.sender.state === 'waiting to connect again');
  for (let i = 0; i < 9; i++) trial.camera.capture();
  await until(() => trial.sender.dropped === 4);
  await server.restart();
  await until(() => trial.sender.frames === 6);
  trial.camera.capture();
  await until(() => trial.sender.frames === 7);
  await using observer = await StreamObserver.open(server.url);
  assert.deepEqual(await observer.readSequences(), [...range(1, 6), 11]);
});

test('NatsSender with every loses and doubles no frame when the server is killed under load', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'every');
  for (let round = 1; round <= 3; round++) {
    for (let i = 0; i < 200; i++) trial.camera.capture(20_000);
    await until(() => trial.sender.frames >= 200 * round - 150);
    await server.kill();
    await server.restart();
  }
  trial.camera.end();
  assert.equal(await trial.ended, undefined);
  assert.ok(trial.sender.connects > 1);
  assert.deepEqual([trial.sender.frames, trial.sender.dropped], [600, 0]);
  await using observer = await StreamObserver.open(server.url);
  assert.deepEqual(await observer.readSequences(), range(1, 600));
});

test('NatsSender with every has the stream drop duplicates when the acknowledgement did not come', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'every', { sendTimeoutMs: 1000 });
  trial.camera.capture();
  await until(() => trial.sender.frames === 1);
  await server.suspend();
  for (let i = 0; i < 10; i++) trial.camera.capture(10_000);
  await until(() => trial.warnings.length > 0);
  assert.match(trial.warnings[0] ?? '', /broke: it acknowledged no frame for 1 s \(--send-timeout\) \[SEND_FAILED\]/);
  server.resume();
  await until(() => trial.sender.frames === 11);
  assert.equal(trial.sender.connects, 2);
  await using observer = await StreamObserver.open(server.url);
  assert.deepEqual(await observer.readSequences(), range(1, 11));
});

for (const delivery of ['latest', 'every'] as const) {
  test(`NatsSender ends and says what may be lost when it is stopped while the server is frozen, with ${delivery}`, async () => {
    await using server = await NatsServer.start();
    await using trial = new TrialSender(server.url, delivery);
    trial.camera.capture();
    await until(() => trial.sender.frames === 1);
    await server.suspend();
    for (let i = 0; i < 8; i++) trial.camera.capture(900_000);
    // The first frames go out to a server that is frozen and tells nothing.
    await setTimeout(100);
    trial.stop();
    assert.equal(await trial.ended, undefined);
    assert.match(
      trial.warnings.at(-1) ?? '',
      /^warn: (.* has acknowledged no frame for 5 s: .*; )?[12] frames? may not have arrived$/,
    );
  });
}

test('NatsSender waits for frames in flight when it is stopped', async () => {
  await using server = await NatsServer.start();
  await using trial = new TrialSender(server.url, 'every');
  trial.camera.capture();
  await until(() => trial.sender.frames === 1);
  await server.suspend();
  for (let i = 0; i < 8; i++) trial.camera.capture();
  // The first frames go out to a server that is frozen and tells nothing.
  await setTimeout(100);
  trial.stop();
  server.resume();
  assert.equal(await trial.ended, undefined);
  await using observer = await StreamObserver.open(server.url);
  assert.deepEqual(await observer.readSequences(), range(1, trial.sender.frames));
  assert.deepEqual(trial.warnings, []);
});
