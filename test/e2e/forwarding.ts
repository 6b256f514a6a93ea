import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { MEDIA, mediaFile } from '../support/media.ts';
import { readPictures } from '../support/plain-programs.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { hashAll, hashSaved } from '../support/saved.ts';
import { type Ends, makeFolder } from './suite.ts';

/** Shell commands that give the program its standard input: `$0` is a file's path, `$@` the program. */
const inputs = { 'a file': 'exec "$@" < "$0"', 'a pipe': 'cat "$0" | exec "$@"' } as const;

/** JPEGs that were made elsewhere, for any pair of runtimes. None of it needs OpenCV. */
export function defineForwarding(ends: Ends): void {
  describe(`forwarding, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    /** The sender's messages about that standard input, and the pictures that arrive. */
    const sendInput = async (file: string, input: keyof typeof inputs, ...args: string[]) => {
      await using folder = await makeFolder();
      const { receiver, port } = await startReceiver(ends.receiver, ['--save', folder.path, '--quiet']);
      await using _stop = receiver;
      const words = ['pipe', '--port', `${port}`, ...args];
      const before = ['sh', '-c', inputs[input], file];
      await using sender = startProgram(ends.sender, 'image-sender', words, { before });
      const { code } = await sender.wait(soonMs);
      await receiver.stop();
      return { code, said: sender.lines('stderr').join('\n'), hashes: await hashSaved(folder.path) };
    };

    test('every picture of a file on standard input arrives untouched', async () => {
      const { code, said, hashes } = await sendInput(await mediaFile('jpegs'), 'a file');
      assert.equal(code, 0, said);
      assert.deepEqual(hashes, hashAll(await readPictures('jpegs')));
    });

    test('every picture of a pipe arrives untouched when all are to be delivered', async () => {
      const { code, said, hashes } = await sendInput(await mediaFile('jpegs720'), 'a pipe', '--deliver', 'every');
      assert.equal(code, 0, said);
      assert.deepEqual(hashes, hashAll(await readPictures('jpegs720')));
    });

    test('the last picture of a pipe arrives when only the newest are to be delivered', async () => {
      const { code, said, hashes } = await sendInput(await mediaFile('jpegs'), 'a pipe');
      assert.equal(code, 0, said);
      const sent = hashAll(await readPictures('jpegs'));
      assert.equal(hashes.at(-1), sent.at(-1));
      assert.deepEqual(
        hashes,
        sent.filter((hash) => hashes.includes(hash)),
      );
      if (hashes.length < MEDIA.jpegs.frames)
        assert.match(said, / dropped, as (newer ones were there|there was no connection)/);
    });

    test('torn pictures and garbage are skipped and counted when good ones follow', async () => {
      await using folder = await makeFolder();
      const good = [tinyJpeg(64, 48, 3000), tinyJpeg(64, 48, 70_000), tinyJpeg(64, 48, 9)];
      const bad = [tinyJpeg(64, 48, 5000).subarray(0, 2000), new Uint8Array(300).fill(7), tinyJpeg(65535, 65535)];
      const file = join(folder.path, 'input');
      await writeFile(file, Buffer.concat(good.flatMap((jpeg, i) => [jpeg, bad[i] as Uint8Array])));
      const { code, said, hashes } = await sendInput(file, 'a pipe', '--deliver', 'every');
      assert.equal(code, 0, said);
      assert.deepEqual(hashes, hashAll(good));
      assert.match(said, /skipped 2000 bytes of standard input: a JPEG is torn, and another begins \[TORN_FRAME\]/);
      assert.match(said, /skipped 3 pieces of 2\.\d kB: 1 over --max-size \(4096x4096\), 2 no whole picture/);
    });

    test('a sender goes on with wire 2 when its first frames come on a wire that is not accepted', async () => {
      await using folder = await makeFolder();
      const args = ['--save', folder.path, '--quiet', '--accept', '2,http'];
      const { receiver, port } = await startReceiver(ends.receiver, args);
      await using _stop = receiver;
      const file = await mediaFile('jpegs');
      const words = ['pipe', '--port', `${port}`, '--retries', '1'];
      await using sender = startProgram(ends.sender, 'image-sender', words, {
        before: ['sh', '-c', inputs['a file'], file],
      });
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      await receiver.stop();
      assert.deepEqual(await hashSaved(folder.path), hashAll(await readPictures('jpegs')));
    });

    test('the sender ends with 4 when the receiver rejects the only wire that it may use', async () => {
      const { receiver, port } = await startReceiver(ends.receiver, ['--quiet', '--accept', '2']);
      await using _stop = receiver;
      const words = ['pipe', '--port', `${port}`, '--wire', 'classic', '--retries', '2'];
      const before = ['sh', '-c', inputs['a file'], await mediaFile('jpegs')];
      await using sender = startProgram(ends.sender, 'image-sender', words, { before });
      assert.equal((await sender.wait(soonMs)).code, 4, sender.lines('stderr').join('\n'));
      assert.match(
        sender.lines('stderr').join('\n'),
        /must come by one of --accept 2: it comes by classic .*\[REJECTED\]/,
      );
    });

    test('a picture without Huffman tables gets them', async () => {
      await using folder = await makeFolder();
      const file = join(folder.path, 'input');
      await writeFile(file, tinyJpeg(64, 48, 3000, { hasTables: false }));
      const { hashes } = await sendInput(file, 'a file');
      const [expected] = new JpegSplitter(defaultFrameLimits).decode(await readFile(file));
      assert.ok(expected?.type === 'picture');
      assert.deepEqual(hashes, hashAll([expected.jpeg]));
    });

    for (const [what, bytes, reason] of [
      ['is empty', [], /ended after 0 bytes without a whole JPEG/],
      [
        'is H.264',
        [0, 0, 0, 1, 0x67, 1, 2, 3],
        /it gives H\.264, and JPEGs are needed\. Pipe them into it, as in rpicam-vid/,
      ],
      ['holds no picture', [...tinyJpeg(9, 9).subarray(0, -2)], /ended after \d+ bytes without a whole JPEG/],
    ] as const) {
      test(`the sender ends with 3 when its standard input ${what}`, async () => {
        await using folder = await makeFolder();
        const file = join(folder.path, 'input');
        await writeFile(file, Uint8Array.from(bytes));
        const { code, said, hashes } = await sendInput(file, 'a pipe');
        assert.equal(code, 3, said);
        assert.match(said, reason);
        assert.deepEqual(hashes, []);
      });
    }

    test('the sender ends with 3, having said the limit, when its standard input is noise without an end', async () => {
      const { code, said } = await sendInput('/dev/urandom', 'a pipe');
      assert.equal(code, 3, said);
      assert.match(said, /it gives no picture, which must come within 16777216 bytes/);
    });

    test('pictures of a folder arrive untouched in the order of their numbers', async () => {
      await using folder = await makeFolder();
      const shots = folder.path;
      const pictures = (await readPictures('jpegs')).slice(0, 12);
      for (const [i, jpeg] of pictures.entries()) await writeFile(join(shots, `shot${i + 1}.JPG`), jpeg);
      await writeFile(join(shots, 'notes.txt'), 'no picture');
      await writeFile(join(shots, 'shot5b.jpg'), (pictures[0] as Uint8Array).subarray(0, 500));
      for (const path of [shots, join(shots, '*.JPG')]) {
        await using saved = await makeFolder();
        const { receiver, port } = await startReceiver(ends.receiver, ['--save', saved.path, '--quiet']);
        await using _stop = receiver;
        const words = ['folder', path, '--once', '--interval', '5', '--port', `${port}`];
        await using sender = startProgram(ends.sender, 'image-sender', words);
        assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
        await receiver.stop();
        assert.deepEqual(await hashSaved(saved.path), hashAll(pictures));
        if (path !== shots) continue;
        assert.match(
          sender.lines('stderr').join('\n'),
          /skipped 500 bytes of .*shot5b\.jpg: a JPEG is torn \[TORN_FRAME\]/,
        );
      }
    });
  });
}
