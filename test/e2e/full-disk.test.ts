import assert from 'node:assert/strict';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { tinyJpeg } from '../support/jpeg.ts';
import { readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { mountSmall } from '../support/small-disk.ts';

const options = { skip: process.getuid?.() === 0 ? false : 'only root can mount a file system', concurrency: 2 };

/** Takes all room of a disk. Returns what gives it back. */
async function fill(folder: string): Promise<() => Promise<void>> {
  const ballast = join(folder, 'ballast');
  const { bavail, bsize } = await statfs(folder);
  await writeFile(ballast, new Uint8Array(bavail * bsize));
  return () => rm(ballast);
}

describe('a receiver whose disk is full', options, () => {
  for (const [sink, more] of [
    ['save', []],
    ['record', ['--record-keep-free', '0']],
  ] as const) {
    test(`has its senders of every frame tell that it holds back its answers, with --${sink}, and that they come again`, async () => {
      await using disk = await mountSmall('size=1m');
      const folder = join(disk.path, 'kept');
      const { receiver: own, port } = await startReceiver('node', [`--${sink}`, folder, '--quiet', ...more]);
      await using receiver = own;
      const giveBack = await fill(disk.path);
      const args = ['pattern', '--deliver', 'every', '--count', '5', '--size', '64x48', '--interval', '10'];
      await using sender = startProgram('node', 'image-sender', [...args, '--port', `${port}`]);
      await sender.waitForLine(
        'stderr',
        /:\d+ has acknowledged no frame for 5 s: it is alive: .*; 5 frames wait$/,
        soonMs,
      );
      await receiver.waitForLine('stderr', /the sender waits until it works again/, soonMs);
      await giveBack();
      await sender.waitForLine('stderr', /answers again after \d+ s/, soonMs);
      assert.equal((await sender.wait(soonMs)).code, 0);
      assert.match(sender.lines('stderr').at(-1) ?? '', /: sent 5 frames, /);
    });
  }

  test('answers a picture that is posted with 503 and the reason, and takes it when there is room', async () => {
    await using disk = await mountSmall('size=1m');
    const { receiver: own, port } = await startReceiver('node', ['--save', join(disk.path, 'kept'), '--json']);
    await using receiver = own;
    const giveBack = await fill(disk.path);
    const post = () => fetch(`http://127.0.0.1:${port}/garden`, { method: 'PUT', body: tinyJpeg(640, 480, 20_000) });
    const rejected = await post();
    assert.equal(rejected.status, 503);
    assert.match(await rejected.text(), /did not accept them in time, .* its log says which \[OUTPUT_FAILED\]$/m);
    await giveBack();
    assert.equal((await post()).status, 204);
    await receiver.waitForLine('stderr', /left after 1 frame/, soonMs);
    assert.match(
      receiver.lines('stderr').join('\n'),
      /the disk is full \(ENOSPC\); posted pictures are answered with 503/,
    );
    // A line is of what was taken, as the summary is.
    await receiver.stop();
    assert.equal(readJsonLines(receiver).length, 1);
    assert.match(receiver.lines('stderr').join('\n'), /^garden +1 /m);
  });

  test('is named by a sender that is told to stop meanwhile as why its frames may not have arrived', async () => {
    await using disk = await mountSmall('size=1m');
    const { receiver: own, port } = await startReceiver('node', ['--save', join(disk.path, 'kept'), '--quiet']);
    await using _receiver = own;
    await fill(disk.path);
    const args = ['pattern', '--deliver', 'every', '--size', '1280x720', '--port', `${port}`];
    await using sender = startProgram('node', 'image-sender', args);
    await sender.waitForLine('stderr', /has acknowledged no frame for 5 s/, soonMs);
    sender.signal('SIGTERM');
    assert.equal((await sender.wait(soonMs)).code, 0);
    const said = sender.lines('stderr').join('\n');
    assert.match(said, /has acknowledged no frame for \d+ s: it is alive: .*; \d+ frames may not have arrived/);
    assert.doesNotMatch(said, /broke/);
  });
});
