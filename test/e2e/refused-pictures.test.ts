import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyJpeg } from '../support/jpeg.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { makeFolder } from './suite.ts';

const limits: Record<string, [fourth: Uint8Array, args: string[], reason: RegExp]> = {
  'longer than --max-frame': [
    tinyJpeg(640, 480, 40_000),
    ['--max-frame', '20K'],
    /must be <= 20480: it is \d+ \(FRAME_TOO_LONG\)/,
  ],
  'larger than --max-size': [
    tinyJpeg(1280, 720),
    ['--max-size', '640x480'],
    /must be <= 640x480: it is 1280x720 \(PICTURE_TOO_LARGE\)/,
  ],
};

for (const [what, [fourth, args, reason]] of Object.entries(limits)) {
  for (const wire of [[], ['--wire', 'classic']]) {
    test(`a sender ${wire.join(' ')} says the limit and ends when a picture of it is ${what}`, async () => {
      await using folder = await makeFolder();
      const pictures = [1, 2, 3].map(() => tinyJpeg(640, 480, 5000));
      for (const [i, picture] of [...pictures, fourth].entries()) {
        await writeFile(join(folder.path, `${i}.jpg`), picture);
      }
      const { receiver, port } = await startReceiver('node', ['--quiet', ...args]);
      await using _receiver = receiver;
      const sending = ['folder', folder.path, '--once', '--port', `${port}`, '--retries', '2', ...wire];
      await using sender = startProgram('node', 'image-sender', sending);
      assert.equal((await sender.wait(soonMs)).code, 4);
      const broken = sender.lines('stderr').filter((line) => line.includes('broke'));
      assert.ok(broken.length > 0);
      for (const line of broken) assert.match(line, reason);
      assert.match(broken.at(-1) ?? '', /\[REFUSED\]$/);
    });
  }
}
