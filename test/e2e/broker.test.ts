import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child } from '../support/child.ts';
import { Crowd } from '../support/crowd.ts';
import { FramedReader } from '../support/framed-reader.ts';
import { NatsServer } from '../support/nats-server.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { PYTHON } from '../support/python.ts';
import { until } from '../support/until.ts';
import { defineBroker } from './broker.ts';
import { makeFolder } from './suite.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineBroker(runtime);

describe('the worker of the README', () => {
  test('shares the newest pictures with others of its kind, and with ours, when all work at once', async () => {
    await installPackages(['python3'], 'the worker of the README');
    await using folder = await makeFolder();
    await using server = await NatsServer.start();
    const { receiver, port } = await startReceiver('node', ['--publish', server.url, '--quiet']);
    await using _receiver = receiver;
    await using _crowd = new Crowd({ ports: [port], cameras: 6, everyMs: 50, bytes: 16_000 });
    await using ours = new FramedReader('node', ['--subscribe', server.url, '--batch', '16']);
    await until('ours has made the group', () => ours.pictures.length > 0);
    const script = await readFile(new URL('../support/python/worker.py', import.meta.url), 'utf8');
    const path = join(folder.path, 'worker.py');
    await writeFile(path, script.replace('4222', String(server.port)));
    await using first = new Child(PYTHON, ['-B', path]);
    await using second = new Child(PYTHON, ['-B', path]);
    const pythons = [first, second];
    await until('all have had some', () => pythons.every((child) => child.lines('stdout').length > 20));
    const lines = pythons.map((child) => child.lines('stdout').slice());
    const keys = [
      ...lines.flat().map((line) => line.split(' ').slice(0, 2).join(' ')),
      ...ours.pictures.map(({ facts }) => `frames.${facts.camera} ${facts.number}`),
    ];
    assert.equal(new Set(keys).size, keys.length, 'no picture twice');
    for (const one of lines) assertRising(one);
    assert.ok(lines.flat().every((line) => / 16\d{3}$/.test(line)));
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

/** Of each camera. */
function assertRising(lines: readonly string[]): void {
  const newest = new Map<string, number>();
  for (const line of lines) {
    const [camera = '', number] = line.split(' ');
    assert.ok(Number(number) > (newest.get(camera) ?? 0), line);
    newest.set(camera, Number(number));
  }
}
