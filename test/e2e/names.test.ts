import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { type JsonFrame, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const name = 'garden-left-camera';

async function makePictures(count: number): Promise<AsyncDisposable & { path: string }> {
  const folder = await makeFolder();
  for (let i = 0; i < count; i++) {
    await writeFile(join(folder.path, `${`${i}`.padStart(4, '0')}.jpg`), tinyJpeg(480, 315, 16_000));
  }
  return folder;
}

function send(folder: string, port: number, ...args: string[]): Child {
  return startProgram('node', 'image-sender', ['folder', folder, '--once', '--port', `${port}`, ...args]);
}

/** All of them are there, once and in order, and say whose they are. */
async function checkNamed(receiver: Child, count: number): Promise<void> {
  await until(() => readJsonLines(receiver).length >= count, `${count} frames`, soonMs);
  const frames: JsonFrame[] = readJsonLines(receiver);
  assert.deepEqual(
    frames.map((frame) => [frame.sequence, frame.name]),
    Array.from({ length: count }, (_, i) => [i + 1, name]),
  );
}

describe('every frame carries the name of its camera, from the first on', { concurrency: 2 }, () => {
  for (const [count, interval] of [
    [1, '0'],
    [120, '0'],
  ] as const) {
    test(`when there are ${count} pictures as fast as it goes`, async () => {
      await using pictures = await makePictures(count);
      const { receiver, port } = await startReceiver('node', ['--json']);
      await using _receiver = receiver;
      await using sender = send(pictures.path, port, '--name', name, '--interval', interval);
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      await checkNamed(receiver, count);
    });
  }

  for (const [what, count, args] of [
    ['was stopped when the sender came, and goes on before it has sent all', 150, ['--interval', '20']],
    ['was stopped until the sender had ended its connection', 5, ['--interval', '0']],
    ['was stopped until the sender had ended its connection, and many wait', 120, ['--interval', '0']],
  ] as const) {
    test(`when the receiver ${what}`, async () => {
      await using pictures = await makePictures(count);
      const { receiver, port } = await startReceiver('node', ['--json']);
      await using _receiver = receiver;
      receiver.signal('SIGSTOP');
      await using sender = send(pictures.path, port, '--name', name, ...args);
      await sender.waitForLine('stderr', /connected/, soonMs);
      // Longer than the sender waits for an answer, and for objections.
      await sleep(2500);
      receiver.signal('SIGCONT');
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      assert.match(sender.lines('stderr').at(-1) ?? '', new RegExp(`: sent ${count} frames`));
      assert.doesNotMatch(sender.lines('stderr').join('\n'), /nothing was answered|may not/);
      await checkNamed(receiver, count);
    });
  }

  test('when two names begin alike, each camera has a folder of its own', async () => {
    await using pictures = await makePictures(2);
    await using saved = await makeFolder();
    const pattern = join(saved.path, '{name}', '{time}-{sequence}.jpg');
    const { receiver, port } = await startReceiver('node', ['--save', pattern, '--quiet']);
    await using _receiver = receiver;
    for (const one of [name, 'garden-left-cam-2']) {
      await using sender = send(pictures.path, port, '--name', one, '--interval', '0');
      assert.equal((await sender.wait(soonMs)).code, 0);
    }
    assert.deepEqual((await readdir(saved.path)).sort(), ['garden-left-cam-2', name]);
  });
});
