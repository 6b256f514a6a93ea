import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readCorpus } from '../../scripts/fuzz/corpus.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import { makeFolder } from '../e2e/suite.ts';
import { Dice } from '../support/dice.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { askLite, numberedJpegs } from '../support/lite.ts';
import { hash } from '../support/saved.ts';

/** Each file comes through a pipe, in pieces of those lengths; one line with the hashes of its pictures. */
const split = `
import hashlib, json, os
lengths = [int(n) for n in sys.argv[2].split(',')]
for path in sys.argv[3:]:
    found, data, turn = [], open(path, 'rb').read(), 0
    splitter = lite.Splitter((12 * 10 ** 6, (4096, 4096)), lambda *skipped: None)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    while data:
        os.write(writing, data[:lengths[turn % len(lengths)]])
        data, turn = data[lengths[turn % len(lengths)]:], turn + 1
        try:
            while True:
                found += splitter.read(reading)
        except BlockingIOError:
            pass
    found += splitter.finish()
    print(json.dumps([hashlib.sha256(b''.join(f.parts)).hexdigest() for f in found]))
    os.close(reading), os.close(writing)`;

async function splitAll(streams: readonly Uint8Array[], lengths: string): Promise<string[][]> {
  await using folder = await makeFolder();
  const paths = streams.map((_, i) => join(folder.path, `${i}`));
  await Promise.all(streams.map((stream, i) => writeFile(paths[i] as string, stream)));
  return (await askLite(split, [lengths, ...paths])).map((line) => JSON.parse(line) as string[]);
}

/** As image-sender finds them. */
function findPictures(stream: Uint8Array): string[] {
  const splitter = new JpegSplitter({ ...defaultFrameLimits, maxFrameBytes: 12_000_000 });
  const found = [...splitter.decode(stream), ...splitter.finish()];
  return found.flatMap((one) => (one.type === 'picture' ? [hash(one.jpeg)] : []));
}

const join2 = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 255);
const [first = noise, second = noise, third = noise] = numberedJpegs(3, 3000);
const exif = join2(
  first.subarray(0, 2),
  Uint8Array.of(0xff, 0xe1, 0x0c, 0x05),
  second.subarray(0, 3075),
  first.subarray(2),
);

const streams: Record<string, Uint8Array> = {
  'pictures alone': join2(first, second, third),
  'bytes between pictures': join2(noise, first, noise, second, Uint8Array.of(0xff), third, noise),
  'a picture that is cut': join2(first, second.subarray(0, 1500), third),
  'a picture whose head is cut': join2(first, second.subarray(0, 15), third),
  'a picture whose beginning is missing': join2(first.subarray(900), second, third),
  'a picture without tables': join2(tinyJpeg(64, 48, 500, { hasTables: false }), first),
  'a picture that is too large': join2(tinyJpeg(5000, 48), first),
  'a picture with a picture inside': join2(exif, third),
  'fill bytes before a marker': join2(first.subarray(0, 2), Uint8Array.of(0xff, 0xff, 0xff), first.subarray(2), second),
  'a torn picture whose segment reaches into the next': join2(
    Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x0f, 0xff, 1),
    first,
    second,
    third,
  ),
  nothing: new Uint8Array(),
};

describe('image-sender-lite finds the pictures that image-sender finds', () => {
  for (const lengths of ['60000', '1,4000,13', '1']) {
    test(`in pieces of ${lengths} bytes`, async () => {
      const found = await splitAll(Object.values(streams), lengths);
      Object.entries(streams).forEach(([what, stream], i) => {
        assert.deepEqual(found[i], findPictures(stream), what);
      });
    });
  }

  test('in streams with random changes, and never another', async () => {
    const dice = new Dice(7);
    const changed = Array.from({ length: 200 }, () => {
      const stream = join2(...numberedJpegs(6, 400));
      for (let i = 0; i < 3; i++) stream[dice.roll(stream.length)] = dice.roll(256);
      return stream;
    });
    const found = await splitAll(changed, '700');
    assert.deepEqual(found, changed.map(findPictures));
  });

  test('in the inputs that harmed image-sender once', async () => {
    // It does not know a thumbnail within a torn JPEG from a picture.
    const inputs = [...readCorpus('jpeg-stream')].filter(([name]) => !name.startsWith('torn-exif'));
    assert.ok(inputs.length > 8);
    const streams = inputs.map(([, input]) => input);
    assert.deepEqual(await splitAll(streams, '30000'), streams.map(findPictures));
  });
});
