import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { nkeys } from '@nats-io/transport-node';
import { Nats, type NatsOptions } from '../../src/nats/nats.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import { makeClientIdentity } from '../support/client-certificate.ts';
import { NatsCluster } from '../support/nats-cluster.ts';
import { makeNatsCredentials } from '../support/nats-credentials.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { NatsServer } from '../support/nats-server.ts';
import { findFreePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { Trial } from './nats-trial.ts';

const encode = (text: string) => new TextEncoder().encode(text);

describe('Nats', () => {
  test('comes in with the user, token, key or credentials that the server asks for, and says so when they are wrong', async () => {
    const user = nkeys.createUser();
    const { creds, trust } = makeNatsCredentials();
    const cases: [Parameters<typeof NatsServer.start>[0], (url: string) => NatsOptions][] = [
      [{ users: [{ user: 'pi', password: 'a b@c' }] }, (url) => makeNatsOptions(url.replace('//', '//pi:a%20b%40c@'))],
      [{ token: 's3cret' }, (url) => makeNatsOptions(url.replace('//', '//s3cret@'))],
      [{ nkey: user.getPublicKey() }, (url) => makeNatsOptions(url, { nkeySeed: user.getSeed() })],
      [{ jwt: trust }, (url) => makeNatsOptions(url, { credentials: encode(creds) })],
    ];
    for (const [demands, options] of cases) {
      await using server = await NatsServer.start(demands);
      await using good = new Trial(options(server.url));
      await good.connected();
      const bad = new Trial(makeNatsOptions(server.url, { retries: 1 }));
      await assert.rejects(bad.running, {
        code: 'REJECTED',
        message:
          /^Cannot connect to 127\.0\.0\.1:\d+: it accepts no login with this user, password, token or key, or without one; gave up after 1 try$/,
      });
    }
  });

  test('takes TLS from a server that it is told to trust, and from no other', async () => {
    await using identity = await makeTlsIdentity();
    const { certPath, keyPath } = identity;
    const ca = await readFile(certPath, 'utf8');
    await using server = await NatsServer.start({ tls: { certPath, keyPath } });
    const url = `nats://localhost:${server.port}`;
    await using good = new Trial(makeNatsOptions(url, { tls: { ca, cert: undefined, key: undefined } }));
    await until(() => good.nats.connects > 0 || good.log.lines.some((line) => line.includes('Cannot')), 'an outcome');
    assert.deepEqual(good.log.lines, []);
    const bad = new Trial(makeNatsOptions(url, { retries: 1 }));
    await assert.rejects(bad.running, {
      code: 'UNTRUSTED',
      message: /is not trusted here.*--nats-ca says whom to trust/,
    });
  });

  test('shows a certificate when the server wants one', async () => {
    await using identity = await makeTlsIdentity();
    await using own = await makeClientIdentity();
    const { certPath, keyPath } = identity;
    await using server = await NatsServer.start({ tls: { certPath, keyPath, caPath: own.certPath } });
    const [ca, cert, key] = await Promise.all(
      [certPath, own.certPath, own.keyPath].map((path) => readFile(path, 'utf8')),
    );
    const url = `nats://localhost:${server.port}`;
    await using good = new Trial(makeNatsOptions(url, { tls: { ca, cert, key } }));
    await good.connected();
    const bad = new Trial(makeNatsOptions(url, { retries: 1, tls: { ca, cert: undefined, key: undefined } }));
    await assert.rejects(bad.running, {
      message:
        /^Cannot connect to localhost:\d+: it requires a client certificate that it trusts: --nats-cert and --nats-key; gave up after 1 try$/,
    });
  });

  test('gives up after so many tries when nothing is there', async () => {
    const port = await findFreePort();
    const trial = new Trial(makeNatsOptions(`nats://127.0.0.1:${port}`, { retries: 2 }));
    await assert.rejects(trial.running, {
      code: 'CONNECT_FAILED',
      message:
        /nothing listens there \(ECONNREFUSED\); gave up after 2 tries in a row\. Is nats-server running there\?/,
    });
  });

  const otherServers: [string, (socket: Socket) => void, RegExp][] = [
    ['an HTTP server', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /is no NATS server/],
    [
      'a server whose first line is broken',
      (socket) => socket.end('INFO {"server_id":\r\n'),
      /is no NATS server; gave up after 1 try$/,
    ],
    ['a server that hangs up', (socket) => socket.end(), /closed the connection without an answer/],
    [
      'a server that says nothing',
      () => undefined,
      /no NATS server answers there within 0\.3 s; gave up after 1 try\. Is nats-server running there\?/,
    ],
    ['a server that never ends its first line', (socket) => pourLine(socket), /is no NATS server/],
  ];
  for (const [what, answer, expected] of otherServers) {
    test(`says so when ${what} is there`, async () => {
      await using other = await OtherServer.open(answer);
      const trial = new Trial(makeNatsOptions(`nats://127.0.0.1:${other.port}`, { retries: 1, connectTimeoutMs: 300 }));
      await assert.rejects(trial.running, { code: 'CONNECT_FAILED', message: expected });
      await until(() => other.open === 0, 'it has hung up');
    });
  }

  test('connects again when the server is killed and comes back, and says both', async () => {
    await using server = await NatsServer.start();
    await using trial = new Trial(makeNatsOptions(server.url));
    await trial.connected();
    await server.kill();
    await trial.said(/The connection to 127\.0\.0\.1:\d+ broke: .* connecting again/);
    assert.equal(trial.overs[0]?.aborted, true);
    assert.equal(trial.nats.connection, undefined);
    await server.restart();
    await trial.connected(2);
    assert.notEqual(trial.connections[1], trial.connections[0]);
  });

  test('goes on with another server of the cluster that it was not told of when one is killed', async () => {
    await using cluster = await NatsCluster.start(2, { jetstream: false });
    const [first] = cluster.servers;
    assert.ok(first);
    await using trial = new Trial(makeNatsOptions(first.url));
    await trial.connected();
    await first.kill();
    await trial.connected(2);
    assert.notEqual(trial.connections[1]?.getServer(), trial.connections[0]?.getServer());
  });

  test('sends what was published before it is stopped, and is gone then', async () => {
    await using server = await NatsServer.start();
    await using listener = new Trial(makeNatsOptions(server.url));
    await listener.connected();
    let bytes = 0;
    const count = (_: unknown, { data }: { data: Uint8Array }) => {
      bytes += data.length;
    };
    listener.connections[0]?.subscribe('x', { callback: count });
    await listener.connections[0]?.flush();
    const trial = new Trial(makeNatsOptions(server.url));
    await trial.connected();
    for (let i = 0; i < 100; i++) trial.connections[0]?.publish('x', new Uint8Array(100_000));
    await trial.stop();
    await until(() => bytes === 10_000_000, 'all is there');
    assert.equal(trial.connections[0]?.isClosed(), true);
  });

  test('stops within its time when the server is frozen', async () => {
    await using server = await NatsServer.start();
    const trial = new Trial(makeNatsOptions(server.url));
    await trial.connected();
    await server.suspend();
    trial.connections[0]?.publish('x', new Uint8Array(500_000));
    await trial.stop();
  });

  test('tries again when the work with a connection fails, and ends with its error at last', async () => {
    await using server = await NatsServer.start();
    const nats = new Nats(makeNatsOptions(server.url, { retries: 2 }), {
      info: () => undefined,
      warn: () => undefined,
    });
    let tries = 0;
    const work = async () => {
      tries++;
      throw new Error('no such stream');
    };
    await assert.rejects(nats.run(work, new AbortController().signal), /no such stream; gave up after 2 tries/);
    assert.equal(tries, 2);
  });
});

/** A server of something else. */
class OtherServer implements AsyncDisposable {
  readonly port: number;
  readonly #close: () => void;
  /** Connections. */
  open = 0;

  private constructor(port: number, close: () => void) {
    this.port = port;
    this.#close = close;
  }

  static async open(answer: (socket: Socket) => void): Promise<OtherServer> {
    const server = createServer((socket) => {
      other.open++;
      socket.on('close', () => other.open--);
      socket.on('error', () => undefined);
      socket.resume();
      answer(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const other = new OtherServer(port, () => server.close());
    return other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

function pourLine(socket: Socket): void {
  socket.write('INFO {"server_id":"');
  const pour = () => {
    while (socket.writable && socket.write('x'.repeat(65_536))) if (socket.bytesWritten > 2 ** 26) return;
  };
  socket.on('drain', pour);
  pour();
}
