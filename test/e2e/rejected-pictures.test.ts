import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyJpeg } from '../support/jpeg.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { makeFolder } from './suite.ts';

const limits: Record<string, [picture: Uint8Array, args: string[], reason: RegExp]> = {
  'longer than --max-frame': [
    tinyJpeg(640, 480, 40_000),
    ['--max-frame', '20K'],
    /must be <= 20000 bytes: it has (at least )?\d+ \(FRAME_TOO_LONG\)/,
  ],
  'larger than --max-size': [
    tinyJpeg(1280, 720),
    ['--max-size', '640x480'],
    /must be <= 640x480: it is 1280x720 \(PICTURE_TOO_LARGE\)/,
  ],
};

/** Sends a folder of those pictures once to a receiver with those options, and gives what both said. */
async function sendFolder(pictures: readonly Uint8Array[], args: readonly string[], options: readonly string[]) {
  await using folder = await makeFolder();
  for (const [i, picture] of pictures.entries()) await writeFile(join(folder.path, `${i}.jpg`), picture);
  const { receiver, port } = await startReceiver('node', ['--quiet', ...args]);
  await using _receiver = receiver;
  const sending = [
    'folder',
    folder.path,
    '--once',
    // So slowly that the newest alone is all of them on a busy machine too.
    '--interval',
    '50',
    '--port',
    `${port}`,
    '--retries',
    '2',
    ...options,
  ];
  await using sender = startProgram('node', 'image-sender', sending);
  const { code } = await sender.wait(soonMs);
  await receiver.stop();
  return { code, said: sender.lines('stderr').join('\n'), heard: receiver.lines('stderr').join('\n') };
}

const good = tinyJpeg(640, 480, 5000);
const [tooLong, tooLarge] = Object.values(limits) as [(typeof limits)[string], (typeof limits)[string]];

const cases: [what: string, limit: (typeof limits)[string], options: string[]][] = [
  ['longer than --max-frame of the receiver', tooLong, []],
  ['longer than --max-frame, with the newest alone', tooLong, ['--deliver', 'latest', '--in-flight', '9']],
  ['larger than --max-size of the receiver, on wire 2', tooLarge, ['--wire', '2']],
];
for (const [what, [bad, args, reason], options] of cases) {
  test(`a picture is rejected, told and counted, and the others arrive, when it is ${what}`, async () => {
    const { code, said, heard } = await sendFolder([bad, good, good, bad, good], args, options);
    assert.equal(code, 0, said);
    assert.match(said, /sent 3 frames, .*; 2 rejected$/m);
    assert.match(said, /^image-sender: The receiver rejected frame 1 and accepts the next ones: .*\[REJECTED\]$/m);
    assert.match(said, reason);
    assert.match(heard, /skipped frame 4: .*; 2 so far$/m);
    assert.match(heard, /left after 3 frames .*, skipped 2 pieces that were torn, rejected or no picture/);
  });
}

test('a sender ends with 4 and the reason when every picture is rejected', async () => {
  const [bad, args, reason] = tooLarge;
  const { code, said } = await sendFolder([bad, bad], args, []);
  assert.equal(code, 4, said);
  assert.match(said, /sent 0 frames, .*; 2 rejected/);
  assert.match(said.split('\n').at(-1) ?? '', new RegExp(`${reason.source} \\[REJECTED\\]$`));
});

test('a rejected picture is told on the classic wire when the connection ends, and the others arrive', async () => {
  const [bad, args, reason] = tooLong;
  const { code, said, heard } = await sendFolder([good, bad, good], args, ['--wire', 'classic']);
  assert.equal(code, 4, said);
  assert.match(said, new RegExp(`${reason.source} \\[REJECTED\\]$`, 'm'));
  assert.match(heard, /dropped after 2 frames/);
});
