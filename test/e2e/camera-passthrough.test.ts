import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readJpegSize } from '../../src/protocol/jpeg/jpeg-head.ts';
import { mediaFile } from '../support/media.ts';
import { countSteps, measurePictures } from '../support/pictures.ts';
import { soonMs } from '../support/programs.ts';
import {
  hasTables,
  lengthen,
  makeStandardJpegs,
  readJpegs,
  stripTables,
  writeJpegs,
} from '../support/v4l2-shim/jpegs.ts';
import {
  assertAreCameras,
  assertAreSame,
  type CameraEnds,
  formatSize,
  forwardCamera,
  sendCamera,
  startShimCamera,
} from './camera-suite.ts';
import { makeFolder } from './suite.ts';

const ends: CameraEnds = { name: 'node', start: startShimCamera, receiver: 'node' };

/** The lines that are not about the connection. */
function pick(said: readonly string[]): string[] {
  return said.filter((line) => !/connected to|sent \d/.test(line)).map((line) => line.replace('image-sender: ', ''));
}

const forwarded = (size: string, more = '') =>
  `camera /dev/video0: its own JPEGs of ${size} are forwarded${more}; --quality does not apply`;
const fast = ['--interval', '0'];

describe('a camera’s own JPEGs', () => {
  for (const wire of ['classic', '2']) {
    test(`arrive to the bit when they have the asked size and the wire is ${wire}`, async () => {
      const camera = { yuyv: ['640x480', '1280x720'], mjpeg: [await mediaFile('jpegs'), await mediaFile('jpegs720')] };
      const { jpegs, said } = await forwardCamera(ends, camera, 6, ['--size', '1280x720', '--wire', wire]);
      assertAreSame(jpegs, await readJpegs(await mediaFile('jpegs720')));
      assert.deepEqual(pick(said), [forwarded('1280x720')]);
    });
  }

  test('arrive to the bit when the size is source', async () => {
    const { jpegs } = await forwardCamera(ends, { mjpeg: [await mediaFile('jpegs')] }, 3, ['--size', 'source']);
    assertAreSame(jpegs, await readJpegs(await mediaFile('jpegs')));
  });

  for (const garbage of [false, true]) {
    test(`end with their EOI when the driver leaves ${garbage ? 'an older frame' : 'zeros'} behind it`, async () => {
      const camera = { mjpeg: [await mediaFile('jpegs')], padding: 40_000, garbage };
      const { jpegs } = await forwardCamera(ends, camera, 6, ['--size', '640x480']);
      assertAreSame(jpegs, await readJpegs(await mediaFile('jpegs')));
    });
  }

  test('keep their ends when each is a few bytes longer than the one before', async () => {
    await using folder = await makeFolder();
    // OpenCV rounds lengths up to a multiple of four, and takes such a pair for frames of one length.
    const same = (await readJpegs(await mediaFile('jpegs')))
      .slice(0, 24)
      .map((jpeg) => lengthen(jpeg, 30_000 - jpeg.length));
    const jpegs = same.map((jpeg, i) => lengthen(jpeg, 5 + (i % 4)));
    const file = join(folder.path, 'jpegs.mjpeg');
    await writeJpegs(file, jpegs);
    const { jpegs: arrived, said } = await forwardCamera(ends, { mjpeg: [file] }, 24, ['--size', '640x480', ...fast]);
    assertAreSame(arrived, jpegs);
    assert.deepEqual(pick(said), [forwarded('640x480')]);
  });

  test('get the standard Huffman tables when they have none, and show what they showed', async () => {
    await using folder = await makeFolder();
    const whole = await readJpegs(await makeStandardJpegs());
    const bare = whole.map(stripTables);
    assert.ok(!bare.some(hasTables));
    const file = join(folder.path, 'bare.mjpeg');
    await writeJpegs(file, bare);
    const { jpegs } = await forwardCamera(ends, { mjpeg: [file] }, 6, ['--size', '320x240']);
    assert.ok(jpegs.every(hasTables));
    assertAreSame(jpegs.map(stripTables), bare.map(stripTables));
    await using pictures = await makeFolder();
    await Promise.all(jpegs.map((jpeg, i) => writeJpegs(join(pictures.path, `${i}.jpg`), [jpeg])));
    assertAreCameras(await measurePictures(pictures.path, await makeStandardJpegs()), whole.length);
  });

  test('are skipped and counted when they are damaged', async () => {
    const camera = { mjpeg: [await mediaFile('jpegs')], damageEvery: 4 };
    const { jpegs, said } = await forwardCamera(ends, camera, 20, ['--size', '640x480', ...fast]);
    assertAreSame(jpegs, await readJpegs(await mediaFile('jpegs')));
    const [first, ...rest] = pick(said);
    assert.equal(first, forwarded('640x480'));
    assert.match(rest[0] ?? '', /^skipped \d+ bytes of camera \/dev\/video0: a JPEG .* \[(TORN_FRAME|NOT_JPEG)\]$/);
    assert.ok(rest.length <= 5, said.join('\n'));
  });

  test('arrive to the bit again when the camera was unplugged and is back', async () => {
    const camera = { mjpeg: [await mediaFile('jpegs')], unplugAfter: 15, reappearMs: 600 };
    const { jpegs, said } = await forwardCamera(ends, camera, 12, ['--size', '640x480']);
    const numbers = assertAreSame(jpegs, await readJpegs(await mediaFile('jpegs')));
    assert.ok(
      numbers.some((number, i) => number < (numbers[i - 1] ?? 0)),
      `the camera's JPEGs came as ${numbers}`,
    );
    assert.deepEqual(pick(said), [
      forwarded('640x480'),
      'camera /dev/video0 gives no pictures any more; waiting for it to come back',
      'camera /dev/video0 is back',
    ]);
  });
});

describe('a camera’s own JPEGs, auto', () => {
  test('are decoded and encoded again when none has the asked size', async () => {
    const { pictures, said } = await sendCamera(ends, { mjpeg: [await mediaFile('jpegs')] }, 4);
    for (const picture of pictures) assert.equal(formatSize(picture), '480x315');
    assert.deepEqual(pick(said), []);
  });

  test('are left alone when the camera has the asked size in raw pictures only', async () => {
    const camera = { yuyv: ['640x480'], mjpeg: [await mediaFile('jpegs720')] };
    const { pictures, said } = await sendCamera(ends, camera, 8, ['--size', '640x480']);
    for (const picture of pictures) assert.equal(formatSize(picture), '640x480');
    assert.ok(Math.min(...countSteps(pictures)) > 0);
    assert.deepEqual(pick(said), []);
  });

  test('are decoded and encoded again when none of them can be forwarded', async () => {
    await using folder = await makeFolder();
    // Without an EOI, which decoders do without.
    const jpegs = (await readJpegs(await mediaFile('jpegs'))).map((jpeg) => lengthen(jpeg, 4));
    const file = join(folder.path, 'jpegs.mjpeg');
    await writeJpegs(file, jpegs);
    const camera = { mjpeg: [file], cut: 2 };
    const { pictures, said } = await sendCamera(ends, camera, 4, ['--size', '640x480']);
    assertAreCameras(pictures, jpegs.length);
    assert.ok(
      pick(said).includes('camera /dev/video0 gives no JPEG that can be forwarded; they are decoded and encoded again'),
    );
  });
});

describe('--passthrough', () => {
  test('takes the nearest size and says so when the camera has no JPEGs of the asked one', async () => {
    const camera = { yuyv: ['320x240'], mjpeg: [await mediaFile('jpegs')] };
    const { jpegs, said } = await forwardCamera(ends, camera, 3, ['--passthrough', '--size', '320x240']);
    assertAreSame(jpegs, await readJpegs(await mediaFile('jpegs')));
    assert.deepEqual(pick(said), [forwarded('640x480', ', as it has none of 320x240')]);
  });

  test('ends the sender with 3 when the camera has no JPEGs', async () => {
    await using sender = await startShimCamera({ yuyv: ['640x480'] }, ['--passthrough']);
    assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
    const lines = sender.lines('stderr').filter((line) => !line.includes('sent 0 frames'));
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(
      lines[0] ?? '',
      /Cannot forward the JPEGs of camera \/dev\/video0 as it has none: it delivers YUYV of 640x480\. .*\[SOURCE_FAILED\]/,
    );
  });

  test('ends the sender with 3 when no JPEG can be forwarded', async () => {
    const camera = { mjpeg: [await mediaFile('jpegs')], damageEvery: 1 };
    await using sender = await startShimCamera(camera, ['--passthrough']);
    assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
    assert.match(sender.lines('stderr').join('\n'), /gives no JPEG that can be forwarded\. Leave out --passthrough/);
  });

  test('has the JPEGs decoded and encoded again when it is negated', async () => {
    const camera = { mjpeg: [await mediaFile('jpegs')] };
    const { pictures, said } = await sendCamera(ends, camera, 4, [
      '--no-passthrough',
      '--size',
      '640x480',
      '--quality',
      '20',
    ]);
    for (const { difference } of pictures) assert.ok(difference > 0.1, 'not encoded again');
    assert.deepEqual(pick(said), []);
  });

  test('leaves out and counts what cannot be decoded, and goes on, when it is negated', async () => {
    // Of three damaged ones, one has no end and shows most of the picture, and two show nothing.
    const camera = { mjpeg: [await mediaFile('jpegs')], damageEvery: 4 };
    const { jpegs, said } = await forwardCamera(ends, camera, 20, ['--no-passthrough', '--size', '320x240', ...fast]);
    for (const jpeg of jpegs) assert.deepEqual(readJpegSize(jpeg), { width: 320, height: 240 });
    const [first, ...rest] = pick(said);
    assert.match(first ?? '', /^skipped \d+ bytes of camera \/dev\/video0: .* \[NOT_JPEG\]$/);
    assert.ok(rest.length <= 5, said.join('\n'));
  });

  test('ends the sender with 3 when it is negated and nothing can be decoded', async () => {
    const camera = { mjpeg: [await mediaFile('jpegs')], cut: 1_000_000 };
    await using sender = await startShimCamera(camera, ['--no-passthrough']);
    assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
    assert.match(sender.lines('stderr').join('\n'), /gives no picture that can be decoded \[SOURCE_FAILED\]/);
  });
});
