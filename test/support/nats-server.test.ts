import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import {
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
  nkeys,
} from '@nats-io/transport-node';
import { makeTlsIdentity } from './certificate.ts';
import { Child } from './child.ts';
import { makeClientIdentity } from './client-certificate.ts';
import { NatsCluster } from './nats-cluster.ts';
import { makeNatsCredentials } from './nats-credentials.ts';
import { NatsServer } from './nats-server.ts';
import { isRunning } from './process-status.ts';
import { until } from './until.ts';

type Client = NatsConnection & AsyncDisposable;

async function connectTo(server: NatsServer, options: NodeConnectionOptions = {}): Promise<Client> {
  return asDisposable(await connect({ servers: server.url, ...options }));
}

function asDisposable(client: NatsConnection): Client {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** Publishes with one client and takes the message with the other. */
async function passMessage(from: NatsConnection, to = from): Promise<void> {
  const messages = to.subscribe('frames.a', { max: 1 });
  await to.flush();
  // Another server of a cluster may hear of the subscription a little later.
  const again = setInterval(() => from.publish('frames.a', 'picture'), 50);
  try {
    from.publish('frames.a', 'picture');
    for await (const message of messages) assert.equal(message.string(), 'picture');
  } finally {
    clearInterval(again);
  }
}

async function waitForStatus(client: NatsConnection, type: string): Promise<void> {
  for await (const status of client.status()) if (status.type === type) return;
}

test('NatsServer passes a message on when a client publishes', async () => {
  await using server = await NatsServer.start();
  await using client = await connectTo(server);
  await passMessage(client);
});

test('NatsServer tells its clients the payload limit when it has one', async () => {
  await using server = await NatsServer.start({ maxPayload: 2_000 });
  await using client = await connectTo(server);
  assert.equal(client.info?.max_payload, 2_000);
});

test('NatsServer keeps port and store when it is killed and restarted', async () => {
  await using server = await NatsServer.start();
  const { port, pid } = server;
  await using client = await connectTo(server, { reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: 'frames', subjects: ['frames.*'] });
  await jetstream(client).publish('frames.a', 'picture');

  const [gone, back] = [waitForStatus(client, 'disconnect'), waitForStatus(client, 'reconnect')];
  await server.kill();
  await gone;
  await server.restart();
  await back;
  assert.equal(server.port, port);
  assert.notEqual(server.pid, pid);
  const message = await manager.streams.getMessage('frames', { last_by_subj: 'frames.a' });
  assert.equal(message?.string(), 'picture');
});

test('NatsServer answers nothing when it is suspended, and all when it is resumed', async () => {
  await using server = await NatsServer.start({ jetstream: false });
  await using client = await connectTo(server);
  await server.suspend();
  const answer = client.flush().then(() => 'answer');
  assert.equal(await Promise.race([answer, setTimeout(300, 'silence')]), 'silence');
  server.resume();
  assert.equal(await answer, 'answer');
});

test('NatsServer is gone after its block when it was suspended', async () => {
  let pid: number;
  {
    await using server = await NatsServer.start();
    pid = server.pid;
    await server.suspend();
  }
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('NatsServer is gone when the process that started it is killed', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-orphan-'));
  try {
    const script = `import { NatsServer } from ${JSON.stringify(new URL('./nats-server.ts', import.meta.url).href)};
      const server = await NatsServer.start();
      process.stdout.write('pid ' + server.pid + '\\n');`;
    await using starter = new Child(process.execPath, ['--input-type=module', '-e', script], {
      env: { TMPDIR: folder },
    });
    const [, pid] = await starter.waitForLine('stdout', /^pid (\d+)$/, 20_000);
    starter.signal('SIGKILL');
    await starter.wait(5_000);
    while (await isRunning(Number(pid))) await setTimeout(20);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('NatsServer shows its log when it cannot start', async () => {
  await assert.rejects(NatsServer.start({ extraConfig: 'no_such_thing: 1' }), /unknown field "no_such_thing"/);
});

test('NatsServer admits only clients with the user, token or key it asks for', async () => {
  const user = nkeys.createUser();
  const permissions = { publish: { allow: ['frames.>'] }, subscribe: ['frames.a', '_INBOX.>'] };
  for (const [demands, credentials] of [
    [{ users: [{ user: 'pi', password: 'a "b" $c', permissions }] }, { user: 'pi', pass: 'a "b" $c' }],
    [{ token: 's3cret' }, { token: 's3cret' }],
    [{ nkey: user.getPublicKey() }, { authenticator: nkeyAuthenticator(user.getSeed()) }],
  ] as const) {
    await using server = await NatsServer.start(demands);
    await assert.rejects(connect({ servers: server.url }), /Authorization Violation/);
    await using client = await connectTo(server, credentials);
    await passMessage(client);
  }
});

test('NatsServer denies a subject when the user has no permission', async () => {
  const users = [{ user: 'pi', password: 'x', permissions: { publish: ['frames.>'] } }];
  await using server = await NatsServer.start({ users });
  await using client = await connectTo(server, { user: 'pi', pass: 'x' });
  const denied = waitForStatus(client, 'error');
  client.publish('elsewhere', 'picture');
  await denied;
});

test('NatsServer takes a .creds file when it trusts the operator', async () => {
  const { creds, trust } = makeNatsCredentials();
  await using server = await NatsServer.start({ jwt: trust });
  const strange = credsAuthenticator(new TextEncoder().encode(makeNatsCredentials().creds));
  await assert.rejects(connect({ servers: server.url, authenticator: strange }), /Authorization Violation/);
  await using client = await connectTo(server, { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) });
  await passMessage(client);
  const info = await (await jetstreamManager(client)).streams.add({ name: 'frames', subjects: ['frames.*'] });
  assert.equal(info.config.name, 'frames');
});

test('NatsServer speaks TLS when it has a certificate', async () => {
  await using identity = await makeTlsIdentity();
  await using server = await NatsServer.start({ tls: identity });
  await assert.rejects(connect({ servers: server.url, tls: {} }), /self-signed certificate/);
  await using client = await connectTo(server, { tls: { caFile: identity.certPath } });
  await passMessage(client);
});

test("NatsServer asks for the client's certificate when it has a CA", async () => {
  await using identity = await makeTlsIdentity();
  await using own = await makeClientIdentity();
  await using server = await NatsServer.start({ tls: { ...identity, caPath: own.certPath } });
  const caFile = identity.certPath;
  // The client does not see why it is turned away, and gives up by its time-out.
  await assert.rejects(connect({ servers: server.url, tls: { caFile }, timeout: 500 }));
  await until(() => /client didn't provide a certificate/.test(server.log.join('\n')), 'the server to say so');
  await using client = await connectTo(server, { tls: { caFile, certFile: own.certPath, keyFile: own.keyPath } });
  await passMessage(client);
});

test('NatsCluster serves a client that knows both servers when one of them dies', async () => {
  await using cluster = await NatsCluster.start(2, { jetstream: false });
  const [first, second] = cluster.servers;
  assert.ok(first && second);
  const servers = cluster.urls;
  await using client = asDisposable(await connect({ servers, noRandomize: true, reconnectTimeWait: 50 }));
  await using other = await connectTo(second);
  await passMessage(client, other);
  assert.equal(client.getServer(), `127.0.0.1:${first.port}`);
  const back = waitForStatus(client, 'reconnect');
  await first.kill();
  await back;
  assert.equal(client.getServer(), `127.0.0.1:${second.port}`);
  await passMessage(client, other);
});

test('NatsCluster keeps a stream on each of its servers when it is told to', async () => {
  await using cluster = await NatsCluster.start(3);
  await using client = asDisposable(await connect({ servers: cluster.urls }));
  const manager = await jetstreamManager(client);
  const stream = await manager.streams.add({ name: 'frames', subjects: ['frames.*'], num_replicas: 3 });
  assert.equal(stream.cluster?.replicas?.length, 2);
  await jetstream(client).publish('frames.a', 'picture');
});
