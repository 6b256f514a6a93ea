import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readPictures } from '../support/plain-programs.ts';
import { type Runtime, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { hash } from '../support/saved.ts';
import { listRecordings, readPackets } from './record-players.ts';
import { makeFolder } from './suite.ts';

/** Sends each picture of the test file once. */
async function startSender(port: number, folder: string, intervalMs: number) {
  for (const [i, jpeg] of (await readPictures()).entries()) await writeFile(join(folder, `${100 + i}.jpg`), jpeg);
  const pace = ['--once', '--interval', `${intervalMs}`];
  return startProgram('node', 'image-sender', ['folder', folder, ...pace, '--name', 'garden', '--port', `${port}`]);
}

/** Recording from end to end: what a sender of *every* has sent is what ffmpeg finds. */
export function defineRecording(runtime: Runtime): void {
  describe(`recording, receiver ${runtime}`, () => {
    test('every picture is in the recordings as it was sent, with its time', async () => {
      await using folder = await makeFolder();
      const args = ['--record', folder.path, '--segment', '20f', '--json'];
      const { receiver, port } = await startReceiver(runtime, args);
      await using _receiver = receiver;
      await using source = await makeFolder();
      await using sender = await startSender(port, source.path, 0);
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      assert.equal((await receiver.stop()).code, 0);
      const packets = await Promise.all((await listRecordings(folder.path)).map(readPackets));
      assert.deepEqual(
        packets.map(({ hashes }) => hashes.length),
        [20, 20, 10],
      );
      const sent = (await readPictures()).map(hash);
      assert.deepEqual(
        packets.flatMap(({ hashes }) => hashes),
        sent,
      );
      const times = packets.flatMap(({ startUs, timesUs }) => timesUs.map((us) => startUs + us));
      assert.deepEqual(
        times.map((us) => new Date(us / 1000).toISOString().slice(0, 23)),
        readJsonLines(receiver).map(({ capturedAt }) => capturedAt.slice(0, 23)),
      );
    });

    test('a receiver that is killed and started again has recorded all that was sent', async () => {
      await using folder = await makeFolder();
      const args = ['--record', folder.path, '--quiet'];
      const { receiver, port } = await startReceiver(runtime, args);
      await using _receiver = receiver;
      await using source = await makeFolder();
      await using sender = await startSender(port, source.path, 100);
      await waitForPictures(folder.path, 12);
      receiver.signal('SIGKILL');
      await receiver.wait(soonMs);
      const torn = await Promise.all((await listRecordings(folder.path)).map(readPackets));
      assert.ok(torn.flatMap(({ hashes }) => hashes).length >= 12);
      const again = await startReceiver(runtime, ['--port', `${port}`, ...args]);
      await using _again = again.receiver;
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      await again.receiver.stop();
      const packets = await Promise.all((await listRecordings(folder.path)).map(readPackets));
      assert.ok(packets.length >= 2);
      // Frames that were written and not acknowledged come again.
      const recorded = new Set(packets.flatMap(({ hashes }) => hashes));
      assert.deepEqual([...recorded], (await readPictures()).map(hash));
    });
  });
}

/** Resolves when so many are recorded. */
async function waitForPictures(folder: string, count: number): Promise<void> {
  for (const endAt = Date.now() + soonMs; Date.now() < endAt; ) {
    const [path] = await listRecordings(folder);
    if (path !== undefined && (await readPackets(path)).hashes.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`No ${count} pictures are recorded in ${soonMs} ms`);
}
