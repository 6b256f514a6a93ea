import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readJpegSize } from '../../src/protocol/jpeg-size.ts';
import { MEDIA, mediaFile } from '../support/media.ts';
import { type Runtime, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';

/** What runs each end. */
export interface Ends {
  readonly sender: Runtime;
  readonly receiver: Runtime;
}

/** A folder that goes with the block. */
export async function makeFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'image-socket-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The main job from end to end, for any pair of runtimes. */
export function defineMainJob(ends: Ends): void {
  describe(`main job, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    test('pictures of the pattern arrive in order with their times when a receiver waits', async () => {
      const started = await startReceiver(ends.receiver, ['--json', '--count', '12']);
      await using receiver = started.receiver;
      await using sender = startProgram(ends.sender, 'image-sender', ['pattern', '--port', `${started.port}`]);
      assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
      const frames = readJsonLines(receiver);
      assert.deepEqual(
        frames.map((frame) => frame.number),
        Array.from({ length: 12 }, (_, i) => i + 1),
      );
      for (const frame of frames) {
        assert.equal(`${frame.width}x${frame.height}`, '480x315');
        assert.match(frame.sentAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        const latenessMs = Date.parse(frame.receivedAt) - Date.parse(frame.sentAt);
        assert.ok(Math.abs(latenessMs - frame.latenessMs) <= 1.001, `${latenessMs} is not ${frame.latenessMs}`);
        assert.ok(frame.latenessMs > -100 && frame.latenessMs < soonMs, `${frame.latenessMs} ms late`);
      }
      assert.equal((await sender.stop()).code, 0);
    });

    for (const kind of ['h264', 'mjpeg', 'vp9'] as const) {
      test(`every frame of a ${kind} file is saved once, in order, when it is sent once`, async () => {
        await using folder = await makeFolder();
        const started = await startReceiver(ends.receiver, ['--save', folder.path]);
        await using receiver = started.receiver;
        const file = await mediaFile(kind);
        const args = ['video', file, '--once', '--interval', '0', '--size', 'source', '--port', `${started.port}`];
        await using sender = startProgram(ends.sender, 'image-sender', args);
        assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
        await receiver.waitForLine('stderr', /left after/, soonMs);
        assert.equal((await receiver.stop()).code, 0);
        const names = (await readdir(folder.path)).sort();
        assert.equal(names.length, MEDIA[kind].frames);
        for (const [i, name] of names.entries()) {
          assert.match(name, /^127\.0\.0\.1-\d+_\d{8}T\d{6}_\d{6}Z_\d{6}\.jpg$/);
          assert.equal(Number(name.slice(-10, -4)), i + 1);
          const { width, height } = readJpegSize(await readFile(join(folder.path, name)));
          assert.equal(`${width}x${height}`, MEDIA[kind].size);
        }
        assert.match(sender.lines('stderr').at(-1) ?? '', new RegExp(`sent ${MEDIA[kind].frames} frames`));
      });
    }

    test('a video starts again over the same connection when it is not sent once', async () => {
      const started = await startReceiver(ends.receiver, ['--json', '--count', `${MEDIA.mjpeg.frames * 2 + 10}`]);
      await using receiver = started.receiver;
      const args = ['video', await mediaFile('mjpeg'), '--interval', '0', '--port', `${started.port}`];
      await using _sender = startProgram(ends.sender, 'image-sender', args);
      assert.equal((await receiver.wait(soonMs)).code, 0);
      const frames = readJsonLines(receiver);
      assert.equal(new Set(frames.map((frame) => frame.sender)).size, 1);
      assert.equal(frames.at(-1)?.number, MEDIA.mjpeg.frames * 2 + 10);
    });

    test('three senders are received at once when all send to one receiver', async () => {
      const started = await startReceiver(ends.receiver, ['--json']);
      await using receiver = started.receiver;
      const args = ['pattern', '--count', '8', '--interval', '30', '--port', `${started.port}`];
      const senders = [1, 2, 3].map(() => startProgram(ends.sender, 'image-sender', args));
      for (const sender of senders) assert.equal((await sender.wait(soonMs)).code, 0);
      for (const _ of senders) await receiver.waitForLine('stderr', /left after 8 frames/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
      const labels = readJsonLines(receiver).map((frame) => frame.sender);
      assert.equal(labels.length, 24);
      assert.equal(new Set(labels).size, 3);
    });

    test('the receiver prints a line a frame as the Python server does when nothing else is asked for', async () => {
      const started = await startReceiver(ends.receiver, ['--count', '2']);
      await using receiver = started.receiver;
      await using _sender = startProgram(ends.sender, 'image-sender', ['pattern', '--port', `${started.port}`]);
      assert.equal((await receiver.wait(soonMs)).code, 0);
      assert.equal(receiver.lines('stdout').length, 2);
      for (const line of receiver.lines('stdout')) {
        assert.match(
          line,
          /^send time: [-\d]{10} [:\d]{8}\.\d{6} {2}receive time: [-\d]{10} [:\d]{8}\.\d{6} {2}-?[.\d]+ ms late /,
        );
      }
    });

    test('a connection outlives the time allowed for making it', async () => {
      const { receiver, port } = await startReceiver(ends.receiver, ['--json', '--count', '20']);
      await using _receiver = receiver;
      const args = ['pattern', '--connect-timeout', '300ms', '--port', `${port}`];
      await using _sender = startProgram(ends.sender, 'image-sender', args);
      assert.equal((await receiver.wait(soonMs)).code, 0);
      assert.equal(readJsonLines(receiver).at(-1)?.number, 20);
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      test(`both ends finish the frame in hand and end with 0 when they get ${signal}`, async () => {
        const started = await startReceiver(ends.receiver, ['--quiet']);
        await using receiver = started.receiver;
        const args = ['pattern', '--size', '2000x1500', '--interval', '0', '--port', `${started.port}`];
        await using sender = startProgram(ends.sender, 'image-sender', args);
        await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        sender.signal(signal);
        assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
        await receiver.waitForLine('stderr', /left after \d+ frames/, soonMs);
        receiver.signal(signal);
        assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
        assert.deepEqual(receiver.lines('stdout'), []);
      });
    }

    test('the sender goes on by itself when the receiver is killed and started again ten times', async () => {
      const first = await startReceiver(ends.receiver, ['--quiet']);
      let { receiver } = first;
      const port = `${first.port}`;
      await using sender = startProgram(ends.sender, 'image-sender', ['pattern', '--port', port, '--retries', '0']);
      for (let round = 1; round <= 10; round++) {
        await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        receiver.signal('SIGKILL');
        await receiver.wait(soonMs);
        ({ receiver } = await startReceiver(ends.receiver, ['--quiet', '--port', port]));
      }
      await receiver.waitForLine('stderr', /sends pictures/, soonMs);
      assert.equal((await sender.stop()).code, 0);
      await receiver.waitForLine('stderr', /left after/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
    });
  });
}
