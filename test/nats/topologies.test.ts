import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describeWanted } from '../../src/nats/stream-provisioner.ts';
import { makeFolder } from '../e2e/suite.ts';
import type { Child } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { NatsServer } from '../support/nats-server.ts';
import { findFreePort } from '../support/ports.ts';
import { readJsonLines, soonMs, startProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';

function subscribe(url: string, ...args: string[]): Child {
  return startProgram('node', 'image-receiver', ['--subscribe', url, '--json', ...args]);
}

function publish(url: string, folder: string, name: string): Child {
  return startProgram('node', 'image-sender', ['folder', folder, '--fps', '20', '--name', name, '--publish', url]);
}

/** As src/nats/capacity.md advises for more cameras than one server carries. */
describe('servers that are more than one', () => {
  test('a camera on a leaf node is seen at the hub, and one at the hub on the leaf node', async () => {
    await using folder = await makeFolder();
    await writeFile(join(folder.path, '1.jpg'), tinyJpeg(64, 48));
    const port = await findFreePort();
    const listen = `leafnodes { listen: "127.0.0.1:${port}" }`;
    await using hub = await NatsServer.start({ domain: 'hub', extraConfig: listen });
    const dial = `leafnodes { remotes [ { url: "nats://127.0.0.1:${port}" } ] }`;
    const extraConfig = `${dial}\ndefault_js_domain: { "$G": "hub" }`;
    await using leaf = await NatsServer.start({ jetstream: false, extraConfig });
    await using _far = publish(leaf.url, folder.path, 'far');
    await using _near = publish(hub.url, folder.path, 'near');
    const names = (child: Child) => new Set(readJsonLines(child).map(({ name }) => name));
    for (const server of [hub, leaf]) {
      await using subscriber = subscribe(server.url);
      await until(() => names(subscriber).size === 2, 'both to be seen');
      await until(() => readJsonLines(subscriber).at(-1)?.latencyErrorMs !== null, 'the clocks to be compared');
    }
  });

  test('cameras that a server divides among streams are each in one of them, under their names', async () => {
    await using folder = await makeFolder();
    await writeFile(join(folder.path, '1.jpg'), tinyJpeg(64, 48));
    const extraConfig = 'mappings = { "frames.*": "frames.{{partition(2,1)}}.{{wildcard(1)}}" }';
    await using server = await NatsServer.start({ extraConfig });
    const connection = await connect({ servers: server.url });
    const { streams } = await jetstreamManager(connection);
    for (const part of [0, 1]) {
      await streams.add({ ...describeWanted('newest'), name: `FRAMES-${part}`, subjects: [`frames.${part}.>`] });
    }
    const cameras = ['garden', 'door', 'gate', 'street'];
    const senders = cameras.map((name) => publish(server.url, folder.path, name));
    const parts = [0, 1].map((part) => subscribe(server.url, '--subject', `frames.${part}.>`));
    try {
      await senders[0]?.waitForLine(
        'stderr',
        /publishing to \S+, as frames\.garden, which the server must map: the streams FRAMES-0, FRAMES-1 take others$/,
        soonMs,
      );
      const names = parts.map((part) => () => new Set(readJsonLines(part).map(({ name }) => name)));
      await until(() => names.reduce((sum, read) => sum + read().size, 0) === cameras.length, 'all to be seen');
      assert.deepEqual(names.flatMap((read) => [...read()]).sort(), cameras.toSorted());
    } finally {
      for (const child of [...senders, ...parts]) await child.stop();
      await connection.close();
    }
  });
});
