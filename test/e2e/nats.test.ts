import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { installPackages } from '../../scripts/debian/install.ts';
import { describeWanted } from '../../src/nats/stream-provisioner.ts';
import { Child } from '../support/child.ts';
import { Crowd } from '../support/crowd.ts';
import { FramedReader } from '../support/framed-reader.ts';
import { NatsServer } from '../support/nats-server.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { PYTHON } from '../support/python.ts';
import { until } from '../support/until.ts';
import { defineNats } from './nats.ts';
import { makeFolder } from './suite.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineNats(runtime);

describe('the worker in Python', () => {
  test('shares the newest pictures with others of its kind, and with ours, when all work at once', async () => {
    await using folder = await makeFolder();
    await using server = await NatsServer.start();
    const { receiver, port } = await startReceiver('node', ['--publish', server.url, '--quiet']);
    await using _receiver = receiver;
    await using _crowd = new Crowd({ ports: [port], cameras: 6, everyMs: 50, bytes: 16_000 });
    await using ours = new FramedReader('node', ['--subscribe', server.url, '--batch', '16']);
    await until(() => ours.pictures.length > 0, 'ours has made the group');
    await using first = await startWorker(folder.path, server.port);
    await using second = await startWorker(folder.path, server.port);
    const pythons = [first, second];
    await until(() => pythons.every((child) => child.lines('stdout').length > 20), 'all have had some');
    const lines = pythons.map((child) => child.lines('stdout').slice());
    const keys = [
      ...lines.flat().map((line) => line.split(' ').slice(0, 2).join(' ')),
      ...ours.pictures.map(({ facts }) => `frames.${facts.camera} ${facts.sequence}`),
    ];
    assert.equal(new Set(keys).size, keys.length, 'no picture twice');
    for (const one of lines) assertRising(one);
    assert.ok(lines.flat().every((line) => / 16\d{3}$/.test(line)));
  });

  test('ends with a line and works again when the server is killed and started again', async () => {
    await using folder = await makeFolder();
    await using server = await NatsServer.start({ users });
    const publish = server.url.replace('//', '//pi:berry@');
    const { receiver, port } = await startReceiver('node', ['--publish', publish, '--quiet']);
    await using _receiver = receiver;
    await using _crowd = new Crowd({ ports: [port], cameras: 2, everyMs: 50, bytes: 16_000 });
    await receiver.waitForLine('stderr', /publishing to/, soonMs);
    const login = '"user": "pi", "pass": "berry"';
    await using first = await startWorker(folder.path, server.port, login);
    await first.waitForLine('stdout', /^frames\./, soonMs);
    await server.kill();
    await assertEnd(first, /^the server ended the connection$|^no answer: /);
    await using absent = await startWorker(folder.path, server.port, login);
    await assertEnd(absent, /^no answer: .*refused/);
    await server.restart();
    await receiver.waitForLine('stderr', /publishing to/, soonMs);
    await using second = await startWorker(folder.path, server.port, login);
    await second.waitForLine('stdout', /^frames\./, soonMs);
  });

  test('ends with a line when there is no stream, or none any more', async () => {
    await using folder = await makeFolder();
    await using server = await NatsServer.start();
    await using early = await startWorker(folder.path, server.port);
    await assertEnd(early, /^stream not found$/);
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'FRAMES', ...describeWanted('newest') });
    await using worker = await startWorker(folder.path, server.port);
    await until(async () => (await manager.streams.info('FRAMES')).state.consumer_count === 1, 'it has made the group');
    await manager.streams.delete('FRAMES');
    await connection.close();
    await assertEnd(worker, /^no answer: timed out$/);
    await using plain = await NatsServer.start({ jetstream: false });
    await using lost = await startWorker(folder.path, plain.port);
    await assertEnd(lost, /^the server has no JetStream$/);
  });

  test('ends with a line when the server rejects its login, or what it asks for', async () => {
    await using folder = await makeFolder();
    const permissions = { publish: ['frames.>'] };
    const client = { user: 'guest', password: 'x', permissions };
    await using server = await NatsServer.start({ users: [...users, client] });
    for (const login of ['', '"user": "pi", "pass": "wrong"']) {
      await using rejected = await startWorker(folder.path, server.port, login);
      await assertEnd(rejected, /^-ERR 'Authorization Violation'$/);
    }
    await using denied = await startWorker(folder.path, server.port, '"user": "guest", "pass": "x"');
    await assertEnd(denied, /^-ERR 'Permissions Violation for Publish to "\$JS\.API\.CONSUMER/);
  });
});

describe('a server that is none', () => {
  test('gets no word onto standard output, which is for pictures, when it talks nonsense', async () => {
    let connections = 0;
    const info = {
      server_id: 'X',
      version: '2.9.10',
      proto: 1,
      max_payload: 1_048_576,
      headers: true,
      jetstream: true,
    };
    const server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined);
      socket.write(`INFO ${JSON.stringify(info)}\r\n`);
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes('PING')) socket.write('PONG\r\n\0\0\0nonsense\r\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await using subscriber = startProgram('node', 'image-receiver', [
        '--subscribe',
        `nats://127.0.0.1:${port}`,
        '--json',
      ]);
      await subscriber.waitForLine('stderr', /reader closed|The connection to|must have JetStream/, soonMs);
      assert.ok(connections > 0);
      assert.deepEqual(subscriber.lines('stdout'), []);
      assert.equal((await subscriber.stop()).code, 0);
    } finally {
      server.close();
    }
  });
});

const users = [{ user: 'pi', password: 'berry' }];

/** @param login what its connection says beside the rest, as in JSON */
async function startWorker(folder: string, port: number, login = ''): Promise<Child> {
  await installPackages(['python3'], 'the worker in Python');
  const script = await readFile(new URL('../support/python/worker.py', import.meta.url), 'utf8');
  const path = join(folder, `worker-${randomUUID()}.py`);
  await writeFile(path, script.replace('4222', String(port)).replace('"verbose": False', `"verbose": False, ${login}`));
  return new Child(PYTHON, ['-B', path]);
}

async function assertEnd(worker: Child, line: RegExp): Promise<void> {
  assert.equal((await worker.wait(soonMs)).code, 1);
  const lines = worker.lines('stderr');
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0] ?? '', line);
}

/** Of each camera. */
function assertRising(lines: readonly string[]): void {
  const newest = new Map<string, number>();
  for (const line of lines) {
    const [camera = '', sequence] = line.split(' ');
    assert.ok(Number(sequence) > (newest.get(camera) ?? 0), line);
    newest.set(camera, Number(sequence));
  }
}
