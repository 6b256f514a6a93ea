import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AckPolicy, type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { FramePublisher } from '../../src/nats/frame-publisher.ts';
import { describeStreamError } from '../../src/nats/stream-errors.ts';
import { describeWanted, inspectStreams, StreamProvisioner } from '../../src/nats/stream-provisioner.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import type { NatsServerOptions } from '../support/nats-config.ts';
import { NatsServer } from '../support/nats-server.ts';
import { TrialLog } from '../support/trial-log.ts';

/** A server, a connection to it, and what a keeper there says. */
class Trial implements AsyncDisposable {
  readonly #server: NatsServer;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly log = new TrialLog();

  private constructor(server: NatsServer, connection: NatsConnection, manager: JetStreamManager) {
    this.#server = server;
    this.connection = connection;
    this.manager = manager;
  }

  static async start(options: NatsServerOptions = {}): Promise<Trial> {
    const server = await NatsServer.start(options);
    const connection = await connect({ servers: server.url });
    return new Trial(server, connection, await jetstreamManager(connection));
  }

  /** Returns the keeper, and all that it said. */
  async ensure(subject?: string): Promise<{ provisioner: StreamProvisioner; said: string }> {
    const provisioner = new StreamProvisioner('newest', this.log, subject);
    await provisioner.ensure(this.connection);
    return { provisioner, said: this.log.lines.splice(0).join('\n') };
  }

  add(name: string, over: Partial<StreamConfig>) {
    return this.manager.streams.add({ ...describeWanted('newest'), name, ...over });
  }

  publish(provisioner: StreamProvisioner, camera: string, jpeg = tinyJpeg(64, 48)): Promise<void> {
    const publisher = new FramePublisher(this.connection, { provisioner });
    const metadata = { width: 64, height: 48, sequence: 1, stream: undefined, name: camera, address: undefined };
    const times = { capturedAtUs: 1, receivedAtUs: undefined, age: undefined };
    return publisher.publish(camera, { ...metadata, ...times, publisher: 'trial-00000000' }, jpeg);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
    await this.#server[Symbol.asyncDispose]();
  }
}

describe('StreamProvisioner', () => {
  test('makes a stream that differs in nothing on a server that is alone', async () => {
    await using trial = await Trial.start();
    const { said } = await trial.ensure('frames.cam');
    assert.match(said, /^info: publishing to \S+, into the stream FRAMES, which is new, as frames\.cam$/);
    assert.equal((await trial.manager.streams.info('FRAMES')).config.num_replicas, 1);
  });

  test('says which limits a stream has when it may swallow frames, and nothing of those that it has not', async () => {
    await using trial = await Trial.start();
    await trial.add('MINE', { max_bytes: 5000, max_msgs: 7, max_msg_size: 4000, max_consumers: 2 });
    const { said } = await trial.ensure();
    const limits = ['max_bytes 5000', 'max_msgs 7', 'max_msg_size 4000', 'max_consumers 2'];
    const told = limits.map((limit) => `has ${limit}, rather than no limit`).join(', and ');
    assert.ok(said.includes(`warn: the stream MINE ${told}: it is used as it is`), said);
    assert.equal((await inspectStreams(trial.connection, 'newest')).difference, told);
  });

  test('rejects a stream that acknowledges nothing or is sealed, and says what to do', async () => {
    await using trial = await Trial.start();
    await trial.add('MINE', { no_ack: true });
    const isSilent = /as the stream MINE has no_ack, .*: set no_ack to false/;
    await assert.rejects(trial.ensure(), { code: 'STREAM_UNUSABLE', message: isSilent });
    const found = await inspectStreams(trial.connection, 'newest', 'frames.cam');
    assert.match(found.problem ?? '', /^the stream MINE has no_ack/);
    await trial.manager.streams.delete('MINE');
    await trial.add('MINE', { max_age: 0 });
    const { provisioner } = await trial.ensure();
    const seal: Partial<StreamConfig> = { sealed: true };
    await trial.manager.streams.update('MINE', seal);
    const isSealed = /the stream MINE is sealed, which cannot be undone: delete it/;
    await assert.rejects(trial.ensure(), { code: 'STREAM_UNUSABLE', message: isSealed });
    const message = /frames\.cam: invalid operation on sealed stream: .* delete it/;
    await assert.rejects(trial.publish(provisioner, 'cam'), { code: 'STREAM_UNUSABLE', message });
  });

  test('finds the stream of its own subject among others, and says what to do when none has it', async () => {
    await using trial = await Trial.start();
    await trial.add('MINE', { subjects: ['frames.other', 'events.other'] });
    await trial.add('SECOND', { subjects: ['frames.cam', 'events.cam'] });
    const { said } = await trial.ensure('frames.cam');
    assert.match(said, /into the stream SECOND, as frames\.cam\n.*SECOND has subjects frames\.cam events\.cam, rather/);
    await trial.manager.streams.delete('SECOND');
    const lost = await trial.ensure('frames.cam');
    assert.match(lost.said, /to \S+, as frames\.cam, which the server must map: the stream MINE takes others$/);
    const advice =
      /: no stream accepts it: MINE takes frames\.other events\.other; add frames\.cam to its subjects, or .*--name/;
    await assert.rejects(trial.publish(lost.provisioner, 'cam'), { code: 'STREAM_UNUSABLE', message: advice });
    await trial.publish(lost.provisioner, 'other');
    const { problem } = await inspectStreams(trial.connection, 'newest', 'frames.cam');
    assert.match(problem ?? '', /^no stream accepts frames\.cam unless the server maps it: MINE takes frames\.other/);
  });

  test('tells both figures when a frame is over the limit of a stream that was changed meanwhile', async () => {
    await using trial = await Trial.start();
    const { provisioner } = await trial.ensure();
    await trial.manager.streams.update('FRAMES', { max_msg_size: 3000 });
    const message = /cam as the stream FRAMES takes at most 3000 bytes: it has 4\d\d\d; .*\(max_msg_size\)$/;
    await assert.rejects(trial.publish(provisioner, 'cam', tinyJpeg(64, 48, 4000)), {
      code: 'FRAME_TOO_LONG',
      message,
    });
  });

  test('names the stream that has its subjects when it cannot make one', async () => {
    await using trial = await Trial.start();
    await trial.add('EVENTS', { subjects: ['events.garden'] });
    const overlap =
      /stream FRAMES as EVENTS has some of events\.> already: take those out of it, or add frames\.> to them/;
    await assert.rejects(trial.ensure(), { code: 'STREAM_UNUSABLE', message: overlap });
    await trial.manager.streams.delete('EVENTS');
    await trial.add('FRAMES', { subjects: ['other.>'] });
    const inUse =
      /stream FRAMES: stream name already in use .*: a stream of that name has other subjects: add frames\.>/;
    await assert.rejects(trial.ensure(), { code: 'STREAM_UNUSABLE', message: inUse });
  });

  test('says what to do when the server has no room for a stream', async () => {
    const extraConfig =
      'accounts { A { jetstream { max_streams: 1 }, users [{ user: a, password: b }] } }\nno_auth_user: a';
    await using trial = await Trial.start({ extraConfig });
    await trial.add('OTHER', { subjects: ['other.>'] });
    const message =
      /stream FRAMES: maximum number of streams reached: raise max_streams of the account, or delete a stream/;
    await assert.rejects(trial.ensure(), { code: 'STREAM_UNUSABLE', message });
  });
});

test('describeStreamError says what to do when a stream gives no consumer', async () => {
  await using trial = await Trial.start();
  const { manager } = trial;
  const describeFailure = (stream: string, over = {}) =>
    manager.consumers.add(stream, { ack_policy: AckPolicy.None, ...over }).then(() => undefined, describeStreamError);
  await trial.add('FEW', { subjects: ['few.>'], max_consumers: 1 });
  assert.equal(await describeFailure('FEW'), undefined);
  assert.match(
    (await describeFailure('FEW')) ?? '',
    /^maximum consumers limit reached: raise max_consumers of the stream/,
  );
  await trial.add('QUEUE', { subjects: ['queue.>'], retention: 'workqueue' });
  for (const over of [{}, { ack_policy: AckPolicy.Explicit, deliver_policy: 'new' }]) {
    assert.match(
      (await describeFailure('QUEUE', over)) ?? '',
      /: pictures are received only from streams with retention/,
    );
  }
});
