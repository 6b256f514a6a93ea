import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type NatsAnswer, probeNats } from '../../src/doctor/nats-probe.ts';
import type { StreamRetention } from '../../src/nats/stream-provisioner.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { NatsServer } from '../support/nats-server.ts';

const never = new AbortController().signal;

function visit(url: string, retention: StreamRetention = 'newest', signal = never): Promise<NatsAnswer> {
  return probeNats(
    { options: makeNatsOptions(url, { clientName: 'doctor' }), retention, subject: 'frames.garden' },
    signal,
  );
}

describe('visit to a NATS server', () => {
  test('finds no stream where there is none, and makes none', async () => {
    await using server = await NatsServer.start();
    for (let i = 0; i < 2; i += 1) {
      const answer = await visit(server.url);
      assert.ok(answer.kind === 'welcome');
      assert.deepEqual([answer.streams, answer.difference], [[], '']);
      assert.ok(answer.roundTripMs > 0);
    }
  });

  test('finds the stream that takes frames, and how it differs from what is asked for', async () => {
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.url });
    await (await jetstreamManager(connection)).streams.add({ name: 'MINE', subjects: ['frames.>', 'events.>'] });
    await connection.close();
    const answer = await visit(server.url, { frames: 100 });
    assert.ok(answer.kind === 'welcome');
    assert.deepEqual(answer.streams, ['MINE']);
    assert.match(answer.difference, /keeps all frames of each camera on disk, rather than the last 100 frames/);
  });

  test('is let in and finds nothing out when the user may not look', async () => {
    const permissions = { publish: ['frames.garden', '_INBOX.>'], subscribe: ['_INBOX.>'] };
    await using server = await NatsServer.start({ users: [{ user: 'pi', password: 'a', permissions }] });
    const answer = await visit(server.url.replace('//', '//pi:a@'));
    assert.ok(answer.kind === 'welcome');
    assert.equal(answer.streams, undefined);
  });

  test('says what is wrong, after one try, when it is rejected, finds no JetStream, no server, or another one', async () => {
    await using server = await NatsServer.start({ users: [{ user: 'pi', password: 'a' }] });
    await using bare = await NatsServer.start({ jetstream: false });
    await using other = createServer((socket) => void socket.end('SSH-2.0-trial\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const answers = [
      [server.url, 'REJECTED', /accepts no login/],
      [bare.url, 'STREAM_UNUSABLE', /must have JetStream/],
      ['nats://127.0.0.1:1', 'CONNECT_FAILED', /\(ECONNREFUSED\)$/],
      [`nats://127.0.0.1:${port}`, 'CONNECT_FAILED', /is no NATS server$/],
    ] as const;
    for (const [url, code, reason] of answers) {
      const answer = await visit(url);
      assert.ok(answer.kind === 'failure');
      assert.equal(answer.code, code);
      assert.match(answer.reason, reason);
    }
  });

  test('leaves when it is stopped', async () => {
    await using server = await NatsServer.start();
    await server.suspend();
    const stop = new AbortController();
    const answer = visit(server.url, 'newest', stop.signal);
    stop.abort();
    assert.equal((await answer).kind, 'failure');
    server.resume();
  });
});
