import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child } from '../support/child.ts';
import { Crowd } from '../support/crowd.ts';
import { FramedReader } from '../support/framed-reader.ts';
import { NatsServer } from '../support/nats-server.ts';
import { startReceiver } from '../support/programs.ts';
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

/** Of each camera. */
function assertRising(lines: readonly string[]): void {
  const newest = new Map<string, number>();
  for (const line of lines) {
    const [camera = '', number] = line.split(' ');
    assert.ok(Number(number) > (newest.get(camera) ?? 0), line);
    newest.set(camera, Number(number));
  }
}
