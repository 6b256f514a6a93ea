import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FramedReader } from '../support/framed-reader.ts';
import { NatsServer } from '../support/nats-server.ts';
import { writePictures } from '../support/plain-programs.ts';
import { type Runtime, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { hash, hashSaved } from '../support/saved.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

/** Writes the pictures that are sent; returns their hashes in the order in which they are. */
function subscribe(runtime: Runtime, url: string, ...args: string[]) {
  return startProgram(runtime, 'image-receiver', ['--subscribe', url, ...args]);
}

/** Frames through a NATS server, from end to end. */
export function defineNats(runtime: Runtime): void {
  describe(`frames on NATS, ${runtime}`, () => {
    test('every picture goes from sender to receiver to NATS to receiver as it was, with its time and sequence', async () => {
      await using server = await NatsServer.start();
      await using folder = await makeFolder();
      await using saved = await makeFolder();
      const hashes = (await writePictures(folder.path)).map(hash);
      const args = ['--publish', server.url, '--publish-stream', '1000f', '--json'];
      const { receiver, port } = await startReceiver(runtime, args);
      await using _receiver = receiver;
      await receiver.waitForLine('stderr', /publishing to \S+, into the stream FRAMES, which is new/, soonMs);
      const send = ['folder', folder.path, '--once', '--interval', '20', '--port', `${port}`, '--name', 'garden'];
      await using sender = startProgram('node', 'image-sender', send);
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      const count = ['--count', `${hashes.length}`];
      await using subscriber = subscribe(runtime, server.url, '--replay', '--save', saved.path, '--json', ...count);
      assert.equal((await subscriber.wait(soonMs)).code, 0, subscriber.lines('stderr').join('\n'));
      assert.deepEqual(await hashSaved(saved.path), hashes);
      const pick = ({ name, stream, sequence, capturedAt, address }: ReturnType<typeof readJsonLines>[number]) => {
        return { name, stream, sequence, capturedAt, address };
      };
      assert.deepEqual(readJsonLines(subscriber).map(pick), readJsonLines(receiver).map(pick));
    });

    test('a sender puts pictures straight into the stream, and every one arrives', async () => {
      await using server = await NatsServer.start();
      await using folder = await makeFolder();
      await using saved = await makeFolder();
      const hashes = (await writePictures(folder.path)).map(hash);
      const send = ['folder', folder.path, '--once', '--interval', '0', '--name', 'garden'];
      const to = ['--publish', server.url, '--publish-stream', '1000f'];
      await using sender = startProgram(runtime, 'image-sender', [...send, ...to]);
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      const count = ['--count', `${hashes.length}`];
      await using subscriber = subscribe('node', server.url, '--replay', '--save', saved.path, '--json', ...count);
      assert.equal((await subscriber.wait(soonMs)).code, 0, subscriber.lines('stderr').join('\n'));
      assert.deepEqual(await hashSaved(saved.path), hashes);
      assert.ok(readJsonLines(subscriber).every(({ name }) => name === 'garden'));
    });

    test('workers share the newest, and a page anywhere shows the camera', async () => {
      await using server = await NatsServer.start();
      await using folder = await makeFolder();
      await writePictures(folder.path);
      await using page = subscribe(runtime, server.url, '--web', '0');
      const [, address] = await page.waitForLine('stderr', /the page is at (http:\S+)\//, soonMs);
      const args = ['--subscribe', server.url, '--batch', '4', '--wait', '20ms'];
      await using first = new FramedReader(runtime, args);
      await using second = new FramedReader(runtime, args);
      const send = ['folder', folder.path, '--fps', '20', '--name', 'garden', '--publish', server.url];
      await using _sender = startProgram('node', 'image-sender', send);
      await until(() => first.pictures.length > 2 && second.pictures.length > 2, 'both had some');
      const all = [...first.pictures, ...second.pictures].map(({ facts }) => facts.sequence);
      assert.equal(new Set(all).size, all.length, `none twice: ${all}`);
      await until(async () => (await fetch(`${address}/snapshot/garden.jpg`)).status === 200, 'the page has a picture');
    });

    test('a subscriber ends soon when it is told to and its NATS server was never there', async () => {
      await using server = await NatsServer.start();
      await server.kill();
      await using subscriber = subscribe(runtime, server.url);
      await subscriber.waitForLine('stderr', /Cannot connect to .*: nothing listens there/, soonMs);
      assert.equal((await subscriber.stop()).code, 0);
    });

    test('a sender without its NATS server gives up with 4', async () => {
      await using server = await NatsServer.start();
      await server.kill();
      await using folder = await makeFolder();
      await writePictures(folder.path);
      const args = ['folder', folder.path, '--publish', server.url, '--retries', '2'];
      await using sender = startProgram(runtime, 'image-sender', args);
      assert.equal((await sender.wait(soonMs)).code, 4, sender.lines('stderr').join('\n'));
    });
  });
}
