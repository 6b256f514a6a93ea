import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { measureRoundTrip } from '../../src/nats/round-trip.ts';
import { NatsServer } from '../support/nats-server.ts';

describe('measureRoundTrip', () => {
  test('gives milliseconds when the server answers', async () => {
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.url });
    const ms = await measureRoundTrip(connection, new AbortController().signal);
    assert.ok(ms > 0);
    await connection.close();
  });

  test('fails when the connection goes before the answer', async () => {
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.url, reconnect: false });
    const over = new AbortController();
    void connection.closed().then(() => over.abort());
    await server.suspend();
    const measuring = measureRoundTrip(connection, over.signal);
    void connection.close();
    await assert.rejects(measuring, { name: 'ClosedConnectionError' });
    await assert.rejects(measureRoundTrip(connection, over.signal));
    server.resume();
  });
});
