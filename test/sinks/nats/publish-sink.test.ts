import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { ErrorCode } from '../../../src/errors.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ConnectionStats } from '../../../src/frames/received-frame.ts';
import { describeWanted, type StreamRetention } from '../../../src/nats/stream-provisioner.ts';
import { PublishSink } from '../../../src/sinks/nats/publish-sink.ts';
import { readWallClockUs } from '../../../src/system/clock.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { makeNatsOptions } from '../../support/nats-options.ts';
import { NatsServer } from '../../support/nats-server.ts';
import { LineLog } from '../../support/trial-log.ts';
import { until } from '../../support/until.ts';

interface TrialOptions {
  readonly retention?: StreamRetention;
  readonly stallAfterMs?: number;
}

/** A receiver's publishing half, and what it says. */
class Trial implements AsyncDisposable {
  readonly log = new LineLog();
  readonly cameras = new CameraRegistry();
  readonly sink: PublishSink;
  readonly #stop = new AbortController();

  constructor(url: string, { retention = 'newest', stallAfterMs = 10_000 }: TrialOptions = {}) {
    const settings = { nats: makeNatsOptions(url), retention, stallAfterMs };
    this.sink = new PublishSink(this.cameras, settings, this.log, this.#stop.signal);
    this.sink.start();
  }

  arrive(name: string, over: Partial<ConnectionStats> = {}) {
    const sender = makeSender({ name, stream: `${name}-k3x9f2ab`, delivery: 'latest', ...over });
    this.cameras.connected(sender);
    const send = (sequence: number, jpeg = tinyJpeg(64, 48)) => {
      const times = { capturedAtUs: readWallClockUs() - 2000, receivedAtUs: readWallClockUs() };
      const picture = { jpeg, width: 64, height: 48, latency: { us: 1500, errorUs: 100 } };
      const frame = makeReceived({ connection: sender, sequence, ...times, ...picture });
      this.cameras.countFrame(frame);
      assert.equal(this.sink.write(frame), true);
    };
    const leave = (failure?: ErrorCode) => {
      this.sink.disconnected(sender);
      this.cameras.disconnected(sender, failure);
    };
    return { send, leave };
  }

  said(pattern: RegExp): Promise<void> {
    return until(() => this.log.lines.some((line) => pattern.test(line)), `a line ${pattern}`);
  }

  done(count: number): Promise<void> {
    return until(() => this.sink.stats.done >= count, `${count} frames published`);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.sink.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** All that comes on the subject. */
async function listen(url: string, subject: string): Promise<{ messages: Msg[]; connection: NatsConnection }> {
  const connection = await connect({ servers: url.slice('nats://'.length) });
  const messages: Msg[] = [];
  connection.subscribe(subject, { callback: (_, message) => void messages.push(message) });
  await connection.flush();
  return { messages, connection };
}

const eventOf = (message: Msg) => message.json<Record<string, unknown>>();

describe('PublishSink', () => {
  test('puts each frame into a stream that keeps the newest, with its facts in headers', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(server.url);
    await trial.said(/publishing to 127\.0\.0\.1:\d+, into the stream FRAMES, which is new/);
    const jpeg = tinyJpeg(64, 48, 5000);
    const garden = trial.arrive('garden');
    for (const sequence of [1, 2, 3]) {
      garden.send(sequence, jpeg);
      await trial.done(sequence);
    }
    const connection = await connect({ servers: `127.0.0.1:${server.port}` });
    const manager = await jetstreamManager(connection);
    const { state, config } = await manager.streams.info('FRAMES', { subjects_filter: 'frames.>' });
    assert.deepEqual(state.subjects, { 'frames.garden': 1 });
    assert.equal(config.storage, 'memory');
    const kept = await manager.streams.getMessage('FRAMES', { last_by_subj: 'frames.garden' });
    assert.deepEqual(Buffer.from(kept?.data ?? []), Buffer.from(jpeg));
    assert.equal(kept?.header?.get('Frame-Sequence'), '3');
    assert.equal(kept?.header?.get('Frame-Stream'), 'garden-k3x9f2ab');
    assert.equal(kept?.header?.get('Frame-Size'), '64x48');
    assert.equal(kept?.header?.get('Frame-Latency-Ms'), '1.5');
    assert.match(kept?.header?.get('Frame-Captured-At') ?? '', /^\d{4}-.*\.\d{6}Z$/);
    await connection.close();
  });

  test('lets the newest wait and counts the others when the NATS server comes late, and says why it waits', async () => {
    await using server = await NatsServer.start();
    await server.kill();
    await using trial = new Trial(server.url);
    const garden = trial.arrive('garden');
    for (let sequence = 1; sequence <= 50; sequence++) garden.send(sequence);
    await trial.said(/Cannot connect to 127\.0\.0\.1:\d+: nothing listens there/);
    await server.restart();
    await trial.done(1);
    const { connection } = await listen(server.url, 'x');
    const manager = await jetstreamManager(connection);
    const kept = await manager.streams.getMessage('FRAMES', { last_by_subj: 'frames.garden' });
    assert.equal(kept?.header?.get('Frame-Sequence'), '50');
    assert.equal(trial.sink.stats.dropped, 49);
    await connection.close();
  });

  test('makes the stream again when the NATS server has lost it', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(server.url);
    await trial.said(/publishing to 127\.0\.0\.1:\d+, into the stream FRAMES, which is new/);
    await server.kill();
    await server.restart();
    const garden = trial.arrive('garden');
    garden.send(1);
    await trial.done(1);
    assert.equal(trial.sink.stats.dropped, 0);
  });

  test('makes the stream again when somebody deletes it', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(server.url);
    await trial.said(/publishing to/);
    const { connection } = await listen(server.url, 'x');
    await (await jetstreamManager(connection)).streams.delete('FRAMES');
    const garden = trial.arrive('garden');
    let sequence = 0;
    await until(() => {
      garden.send(++sequence);
      return trial.sink.stats.done > 0;
    }, 'a frame is taken again');
    await trial.said(
      /Cannot publish a frame to frames\.garden: no stream accepts it; dropping frames until it works again/,
    );
    await trial.said(/publishing garden again after/);
    await connection.close();
  });

  test('keeps what was asked for when the stream is for replay', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(server.url, { retention: { frames: 2 } });
    await trial.said(/publishing to 127\.0\.0\.1:\d+, into the stream FRAMES, which is new/);
    const garden = trial.arrive('garden');
    for (const sequence of [1, 2, 3]) {
      garden.send(sequence);
      await trial.done(sequence);
    }
    const { connection } = await listen(server.url, 'x');
    const { state } = await (await jetstreamManager(connection)).streams.info('FRAMES', { subjects_filter: '>' });
    assert.equal(state.subjects?.['frames.garden'], 2);
    await connection.close();
  });

  test('says how a stream differs that is there, uses it and leaves it as it is', async () => {
    await using server = await NatsServer.start();
    const { connection } = await listen(server.url, 'x');
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'OTHER', ...describeWanted({ frames: 7 }) });
    await using trial = new Trial(server.url);
    await trial.said(
      /the stream OTHER keeps the last 7 frames of each camera on disk, rather than the newest frame of each camera for 10 s in memory: it is used as it is/,
    );
    trial.arrive('garden').send(1);
    await trial.done(1);
    assert.equal((await manager.streams.info('OTHER')).config.max_msgs_per_subject, 7);
    await connection.close();
  });

  test('says once that frames are over the limit of the NATS server, counts them, and goes on with those that are not', async () => {
    await using server = await NatsServer.start({ maxPayload: 4096 });
    await using trial = new Trial(server.url);
    await trial.said(/publishing to/);
    const garden = trial.arrive('garden');
    for (const sequence of [1, 2, 3]) {
      garden.send(sequence, tinyJpeg(64, 48, 9000));
      await until(() => trial.sink.stats.dropped === sequence, 'it is dropped');
    }
    const lines = trial.log.lines.filter((line) => line.includes('FRAME_TOO_LONG'));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /takes at most 4096 bytes: it has 9\d{3};/);
    garden.send(4);
    await trial.done(1);
  });

  test('publishes all the same when its user may not look at streams, and says so once', async () => {
    const permissions = { publish: ['frames.>', 'events.>'], subscribe: ['_INBOX.>', 'events.>', 'clocks.>'] };
    const users = [
      { user: 'camera', password: 'x', permissions },
      { user: 'all', password: 'y' },
    ];
    await using server = await NatsServer.start({ users });
    const connection = await connect({ servers: server.url, user: 'all', pass: 'y' });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'FRAMES', ...describeWanted('newest') });
    await using trial = new Trial(server.url.replace('//', '//camera:x@'));
    await trial.said(/this user may not use \$JS\.API\.INFO, so the publisher cannot check whether there is a stream/);
    trial.arrive('garden').send(1);
    await trial.done(1);
    assert.equal((await manager.streams.info('FRAMES', { subjects_filter: '>' })).state.subjects?.['frames.garden'], 1);
    await connection.close();
  });

  test('says that the server must have JetStream when it has not, and tries again', async () => {
    await using server = await NatsServer.start({ jetstream: false });
    await using trial = new Trial(server.url);
    await trial.said(/must have JetStream \(nats-server -js\).*next try/);
  });

  test('tells of cameras that come, stall, go on and go', async () => {
    await using server = await NatsServer.start();
    const { messages, connection } = await listen(server.url, 'events.>');
    await using trial = new Trial(server.url, { stallAfterMs: 300 });
    await trial.said(/publishing to/);
    const garden = trial.arrive('garden');
    garden.send(1);
    await until(() => messages.some((message) => eventOf(message)['event'] === 'stall'), 'the stall is told');
    garden.send(2);
    garden.leave('IDLE');
    await until(() => messages.some((message) => eventOf(message)['event'] === 'down'), 'the end is told');
    assert.deepEqual(
      messages.map((message) => eventOf(message)['event']),
      ['up', 'stall', 'up', 'down'],
    );
    assert.ok(messages.every(({ subject }) => subject === 'events.garden'));
    const { at, publisher, stalledMs, ...others } = eventOf(messages[1] as Msg);
    const camera = { camera: 'garden', name: 'garden', stream: 'garden-k3x9f2ab', address: '127.0.0.1:1' };
    assert.deepEqual(others, { event: 'stall', ...camera, frames: 1 });
    assert.match(String(publisher), /^[0-9A-Za-z-]+$/);
    assert.ok(Number(stalledMs) >= 300);
    assert.equal(eventOf(messages[3] as Msg)['reason'], 'IDLE');
    await connection.close();
  });

  test('is told by both when two publish different cameras of one name, and not when one sender has moved', async () => {
    await using server = await NatsServer.start();
    await using first = new Trial(server.url);
    await using second = new Trial(server.url);
    await first.said(/publishing to/);
    await second.said(/publishing to/);
    first.arrive('moved');
    second.arrive('moved');
    first.arrive('garden');
    second.arrive('garden', { stream: 'garden-00000000' });
    const rival = /publishes a camera garden too, and their pictures mix: --name at the senders/;
    await first.said(rival);
    await second.said(rival);
    for (const { log } of [first, second]) {
      assert.equal(log.lines.filter((line) => line.includes('publishes a camera')).length, 1);
    }
  });

  test('holds no more than a few megabytes and the newest of each camera when the NATS server is frozen', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(server.url);
    await trial.said(/publishing to/);
    await server.suspend();
    const jpeg = tinyJpeg(64, 48, 300_000);
    const cameras = Array.from({ length: 24 }, (_, i) => trial.arrive(`cam-${i}`));
    for (let sequence = 1; sequence <= 20; sequence++) {
      for (const camera of cameras) camera.send(sequence, jpeg);
      // Time for what the frozen server's socket takes.
      await sleep(20);
      const { waitingBytes } = trial.sink.stats;
      assert.ok(waitingBytes < 24 * jpeg.length + 5 * 2 ** 20, `${waitingBytes} bytes`);
    }
    server.resume();
    await until(async () => {
      const { done, dropped, waitingFrames } = trial.sink.stats;
      return waitingFrames === 0 && done >= 24 && done + dropped === 480;
    }, 'the newest of all to be published');
    const { connection } = await listen(server.url, 'x');
    const manager = await jetstreamManager(connection);
    for (let i = 0; i < 24; i++) {
      const kept = await manager.streams.getMessage('FRAMES', { last_by_subj: `frames.cam-${i}` });
      assert.equal(kept?.header?.get('Frame-Sequence'), '20');
    }
    await connection.close();
  });

  test('makes no camera up for senders that come and go while the NATS server is away', async () => {
    await using server = await NatsServer.start();
    await server.kill();
    await using trial = new Trial(server.url);
    for (let i = 0; i < 6000; i++) {
      const { send, leave } = trial.arrive(`ghost-${i}`);
      send(1);
      leave();
    }
    assert.equal(trial.sink.stats.waitingFrames, 5000);
    assert.equal(trial.sink.stats.dropped, 1000);
  });

  test('lets nobody publish in its name by asking for its clock', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(server.url);
    await trial.said(/publishing to/);
    const { messages, connection } = await listen(server.url, 'events.garden');
    trial.arrive('garden');
    await until(() => messages.length === 1, 'it is there');
    const publisher = String(eventOf(messages[0] as Msg)['publisher']);
    const { messages: stolen, connection: thief } = await listen(server.url, 'frames.>');
    thief.publish(`clocks.${publisher}`, '', { reply: 'frames.garden' });
    const answer = await thief.request(`clocks.${publisher}`);
    assert.deepEqual(Object.keys(answer.json<object>()), ['receivedUs', 'sentUs', 'wallUs']);
    assert.deepEqual(stolen, []);
    await connection.close();
    await thief.close();
  });

  test('ends soon when the NATS server is frozen', async () => {
    await using server = await NatsServer.start();
    const trial = new Trial(server.url);
    await trial.said(/publishing to/);
    await server.suspend();
    trial.arrive('garden').send(1);
    await trial.close();
    assert.equal(trial.sink.stats.done, 0);
    assert.equal(trial.sink.stats.dropped, 1);
  });
});
