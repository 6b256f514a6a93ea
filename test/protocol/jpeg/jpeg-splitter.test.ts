import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultFrameLimits, type FrameLimits } from '../../../src/protocol/frame.ts';
import { JpegSplitter, type SplitResult } from '../../../src/protocol/jpeg/jpeg-splitter.ts';
import type { SkippedBytes } from '../../../src/protocol/jpeg/skipped-bytes.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { mediaFile } from '../../support/media.ts';

/** How pieces lie in memory, and whether a splitter may keep them. */
const memories = ['apart', 'apart and kept', 'in one buffer and kept'] as const;

/**
 * The results for the bytes when they come in pieces of those lengths, again and again. They are the
 * same wherever the pieces lie.
 */
function split(bytes: Uint8Array, pieces: readonly number[], limits: FrameLimits = defaultFrameLimits): SplitResult[] {
  const [plain = [], ...others] = memories.map((memory) => splitIn(memory, bytes, pieces, limits));
  for (const other of others) assert.deepEqual(other.map(comparable), plain.map(comparable));
  return plain;
}

function splitIn(
  memory: (typeof memories)[number],
  bytes: Uint8Array,
  pieces: readonly number[],
  limits: FrameLimits,
): SplitResult[] {
  const splitter = new JpegSplitter(limits, { keepsChunks: memory !== 'apart' });
  const buffer = new Uint8Array(bytes);
  const found: SplitResult[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + (pieces[i % pieces.length] ?? bytes.length);
    const piece = memory === 'in one buffer and kept' ? buffer.subarray(at, end) : new Uint8Array(bytes.slice(at, end));
    found.push(...splitter.decode(piece));
    at = end;
  }
  return [...found, ...splitter.finish()];
}

function comparable(one: SplitResult) {
  return one.type === 'picture' ? { ...one, jpeg: Buffer.from(one.jpeg).toString('latin1') } : one;
}

function pictures(found: readonly SplitResult[]): Uint8Array[] {
  return found.flatMap((one) => (one.type === 'picture' ? [one.jpeg] : []));
}

function skipped(found: readonly SplitResult[]): SkippedBytes[] {
  return found.filter((one) => one.type === 'skipped');
}

function assertSame(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, jpeg] of actual.entries())
    assert.ok(Buffer.from(jpeg).equals(expected[i] as Uint8Array), `picture ${i}`);
}

/** A JPEG with a segment of EXIF in front that holds `thumbnail`. */
function withSegment(jpeg: Uint8Array, thumbnail: Uint8Array): Uint8Array {
  const inner = Buffer.concat([Buffer.from('Exif\0\0MM\0*'), thumbnail]);
  const length = inner.length + 2;
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Uint8Array.of(0xff, 0xe1, length >> 8, length & 255),
    inner,
    jpeg.subarray(2),
  ]);
}

describe('JpegSplitter', () => {
  test('gives the same pictures wherever the stream is cut when a camera program wrote them', async () => {
    const stream = await readFile(await mediaFile('jpegs'));
    const whole = pictures(split(stream, [stream.length]));
    assert.equal(whole.length, 50);
    assert.ok(Buffer.concat(whole).equals(stream));
    for (const size of [1, 2, 3, 7, 4096, 65536]) assertSame(pictures(split(stream, [size])), whole);
  });

  test('gives a picture untouched when it is cut in two at any byte', () => {
    const jpeg = withSegment(tinyJpeg(640, 480, 90), tinyJpeg(160, 120, 20));
    for (let cut = 1; cut < jpeg.length; cut++) {
      const found = split(jpeg, [cut, jpeg.length]);
      assert.deepEqual(
        found.map(({ type }) => type),
        ['picture'],
        `cut at ${cut}`,
      );
      assertSame(pictures(found), [jpeg]);
    }
  });

  test('says the size of the picture, not of the thumbnail within it', () => {
    const found = split(withSegment(tinyJpeg(640, 480, 90), tinyJpeg(160, 120, 20)), [1000]);
    assert.deepEqual(
      found.map((one) => one.type === 'picture' && [one.width, one.height]),
      [[640, 480]],
    );
  });

  test('skips a picture without its end mark and goes on with the next', () => {
    const [a, b, c] = [tinyJpeg(16, 8, 30), tinyJpeg(32, 8, 30), tinyJpeg(48, 8, 30)];
    const found = split(Buffer.concat([a, b.subarray(0, -2), c]), [5]);
    assertSame(pictures(found), [a, c]);
    assert.deepEqual(skipped(found), [
      { type: 'skipped', bytes: b.length - 2, code: 'TORN_FRAME', reason: 'a JPEG is torn, and another begins' },
    ]);
  });

  test('goes on with the next picture wherever one is torn', () => {
    const torn = withSegment(tinyJpeg(640, 480, 90), tinyJpeg(160, 120, 20));
    const exifEnd = torn.length - tinyJpeg(640, 480, 90).length + 2;
    const next = tinyJpeg(32, 8, 300);
    for (let cut = 0; cut < torn.length; cut++) {
      // Where a segment lacks two bytes the next picture's SOI fits, and what follows is a picture.
      if (cut === exifEnd - 2) continue;
      const found = split(Buffer.concat([torn.subarray(0, cut), next, next]), [11]);
      assertSame(pictures(found), [next, next]);
      assert.equal(
        skipped(found).reduce((sum, { bytes }) => sum + bytes, 0),
        cut,
        `torn after ${cut}`,
      );
    }
  });

  test('gives the standard Huffman tables to a picture that has none, and to no other', () => {
    const bare = tinyJpeg(640, 480, 50, { hasTables: false });
    const [jpeg] = pictures(split(bare, [9])) as [Uint8Array];
    assert.equal(jpeg.length, bare.length + 420);
    const at = Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xc4));
    assert.ok(Buffer.concat([jpeg.subarray(0, at), jpeg.subarray(at + 420)]).equals(bare));
  });

  test('skips what is over a limit, and says the limit and the value', () => {
    const limits = { maxFrameBytes: 1000, maxWidth: 640, maxHeight: 480 };
    const good = tinyJpeg(640, 480, 50);
    const endless = tinyJpeg(640, 480, 5000).subarray(0, -2);
    const found = split(Buffer.concat([tinyJpeg(65535, 65535, 50), good, endless, good]), [64], limits);
    assertSame(pictures(found), [good, good]);
    assert.deepEqual(
      skipped(found).map(({ code, reason }) => [code, reason]),
      [
        ['PICTURE_TOO_LARGE', 'the size of a JPEG must be <= 640x480: it is 65535x65535'],
        ['FRAME_TOO_LONG', 'a JPEG must be <= 1000 bytes: it goes on'],
      ],
    );
  });

  test('tells of garbage that does not end while it comes', () => {
    const splitter = new JpegSplitter(defaultFrameLimits);
    const garbage = new Uint8Array(65536).map((_, i) => i * 7);
    const told: number[] = [];
    for (let i = 0; i < 64; i++)
      for (const found of splitter.decode(garbage)) told.push(found.type === 'skipped' ? found.bytes : -1);
    assert.equal(told.length, 4);
    assert.ok(told.every((bytes) => bytes >= 2 ** 20));
  });

  test('gives pictures that keep no more memory than twice their bytes, however many come in one chunk', () => {
    const [small, large] = [tinyJpeg(64, 48, 20), tinyJpeg(640, 480, 40_000)];
    // As sockets give them: Buffers, whose own slice() copies nothing.
    const chunk = Buffer.concat([small, small, large, small]);
    const found = pictures(new JpegSplitter(defaultFrameLimits).decode(chunk));
    assertSame(found, [small, small, large, small]);
    for (const jpeg of found) assert.ok(jpeg.buffer.byteLength <= 2 * jpeg.length, `${jpeg.buffer.byteLength} bytes`);
    // The copy is for small ones alone.
    assert.equal(found[2]?.buffer, chunk.buffer);
  });

  test('lets others have their turn while it looks at a large torn picture again and again', () => {
    const bytes = new Uint8Array(3_000_000);
    for (let at = 0; at + 6 <= bytes.length; at += 6) bytes.set([0xff, 0xe0, 0, 4, 0xff, 0xd8], at);
    bytes.set([0xff, 0xd8]);
    bytes.set([0, 0, 0, 0, 0, 0], bytes.length - 6);
    const splitter = new JpegSplitter(defaultFrameLimits);
    const parts = [...splitter.decodeInParts(bytes), ...splitter.finishInParts()];
    const turns = parts.filter((one) => one === undefined).length;
    assert.ok(turns > 2 * (bytes.length / 65536), `${turns} turns`);
    assert.deepEqual(
      parts.filter((one) => one !== undefined),
      split(bytes, [65536]),
    );
  });

  test('lets others have their turn every 16 KiB of a chunk, and behind each picture', () => {
    const picture = tinyJpeg(16, 16, 10);
    const splitter = new JpegSplitter(defaultFrameLimits);
    const garbage = [...splitter.decodeInParts(new Uint8Array(2 ** 18))];
    assert.ok(garbage.filter((one) => one === undefined).length >= 15);
    const parts = splitter.decodeInParts(Buffer.concat([picture, picture, new Uint8Array(2 ** 18)]));
    assert.equal(parts.next().value?.type, 'skipped');
    for (let i = 0; i < 2; i++) {
      assert.equal(parts.next().value?.type, 'picture');
      // The rest was not looked at yet.
      assert.ok(!splitter.isWithinPicture);
    }
    assert.ok([...parts].filter((one) => one === undefined).length >= 15);
  });

  test('does work in proportion to the bytes when segments nest in broken pictures', () => {
    // Every six bytes may begin a picture whose segments lead to the same broken end.
    const bytes = new Uint8Array(3_000_000);
    for (let at = 0; at + 6 <= bytes.length; at += 6) bytes.set([0xff, 0xe0, 0, 4, 0xff, 0xd8], at);
    bytes.set([0xff, 0xd8]);
    bytes.set([0, 0, 0, 0, 0, 0], bytes.length - 6);
    const found = split(bytes, [65536]);
    assert.equal(pictures(found).length, 0);
    assert.equal(
      skipped(found).reduce((sum, one) => sum + one.bytes, 0),
      bytes.length,
    );
  });

  test('loses no byte and no whole picture whatever stands between them', () => {
    const item = fc.oneof(
      fc
        .record({ width: fc.integer({ min: 1, max: 4096 }), bytes: fc.integer({ min: 0, max: 600 }) })
        .map(({ width, bytes }) => ({
          jpeg: tinyJpeg(width, 8, bytes),
          isPicture: true,
        })),
      // Without FF nothing in it may swallow what follows.
      fc.uint8Array({ maxLength: 80 }).map((noise) => ({ jpeg: noise.map((byte) => byte & 0x7f), isPicture: false })),
    );
    const run = (items: { jpeg: Uint8Array; isPicture: boolean }[], pieces: number[]) => {
      const found = split(Buffer.concat(items.map(({ jpeg }) => jpeg)), pieces);
      assertSame(
        pictures(found),
        items.filter(({ isPicture }) => isPicture).map(({ jpeg }) => jpeg),
      );
      const noise = items.reduce((sum, { jpeg, isPicture }) => sum + (isPicture ? 0 : jpeg.length), 0);
      assert.equal(
        skipped(found).reduce((sum, { bytes }) => sum + bytes, 0),
        noise,
      );
    };
    const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(fc.property(fc.array(item, { maxLength: 8 }), pieces, run), { numRuns: 500 });
  });

  test('accounts for every byte when all is noise full of markers', () => {
    const byte = fc.oneof(fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0xc0, 0xc4, 0xe1, 0, 1, 2, 8), fc.nat({ max: 255 }));
    const bytes = fc.array(byte, { maxLength: 400 }).map((values) => Uint8Array.from([0xff, 0xd8, ...values]));
    const pieces = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
    const run = (noise: Uint8Array, sizes: number[]) => {
      const inPieces = split(noise, sizes);
      const tables = (jpeg: Uint8Array) => (Buffer.from(noise).includes(Buffer.from(jpeg)) ? 0 : 420);
      const passed = pictures(inPieces).reduce((sum, jpeg) => sum + jpeg.length - tables(jpeg), 0);
      assert.equal(passed + skipped(inPieces).reduce((sum, one) => sum + one.bytes, 0), noise.length);
      assert.deepEqual(inPieces, split(noise, [noise.length]));
    };
    fc.assert(fc.property(bytes, pieces, run), { numRuns: 2000 });
  });
});

/** Whether a picture stands as it is in the bytes it came from, the standard tables aside. */
function isPartOf(jpeg: Uint8Array, bytes: Buffer): boolean {
  if (bytes.includes(Buffer.from(jpeg))) return true;
  const at = Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xc4, 0x01, 0xa2));
  return at >= 0 && bytes.includes(Buffer.concat([jpeg.subarray(0, at), jpeg.subarray(at + 420)]));
}

describe('JpegSplitter and a limit', () => {
  const limits = { maxFrameBytes: 700, maxWidth: 640, maxHeight: 480 };
  const good = tinyJpeg(640, 480, 300);

  test('gives the next picture whole when a torn segment before it says more than the limit', () => {
    const torn = Buffer.concat([Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0x10, 0), Buffer.alloc(50, 'x')]);
    const bytes = Buffer.concat([torn, good, good, good, good]);
    for (let size = 1; size < bytes.length; size++) {
      const found = split(bytes, [size], limits);
      assertSame(pictures(found), [good, good, good, good]);
    }
  });

  test('gives a picture that has just the limit, and one byte more none', () => {
    const just = tinyJpeg(64, 48, limits.maxFrameBytes - tinyJpeg(64, 48, 0).length);
    const over = tinyJpeg(64, 48, limits.maxFrameBytes - tinyJpeg(64, 48, 0).length + 1);
    for (const size of [1, 7, 2000]) {
      assertSame(pictures(split(Buffer.concat([just, over, just, over]), [size], limits)), [just, just]);
    }
  });

  test('counts the tables that a picture without any gets', () => {
    const bare = (bytes: number) => tinyJpeg(64, 48, bytes, { hasTables: false });
    const room = limits.maxFrameBytes - 420 - bare(0).length;
    assert.equal(pictures(split(bare(room), [50], limits))[0]?.length, limits.maxFrameBytes);
    assert.deepEqual(
      skipped(split(bare(room + 1), [50], limits)).map(({ reason }) => reason),
      ['a JPEG must be <= 700 bytes: it has 701'],
    );
  });

  test('gives the picture behind one that is too long when the limit falls between the two bytes of its SOI', () => {
    const endless = tinyJpeg(64, 48, 2000).subarray(0, limits.maxFrameBytes - 1);
    for (const size of [1, 700, 5000]) {
      const found = split(Buffer.concat([endless, good, good]), [size], limits);
      assertSame(pictures(found), [good, good]);
    }
  });

  test('tells of one picture that is much too long as of one, and of nothing else', () => {
    const found = split(Buffer.concat([good, tinyJpeg(64, 48, 50_000), good]), [64], limits);
    assertSame(pictures(found), [good, good]);
    assert.deepEqual(
      skipped(found).map(({ code }) => code),
      ['FRAME_TOO_LONG'],
    );
  });

  test('gives no thumbnail for a picture when the limit falls within it', () => {
    const large = withSegment(tinyJpeg(640, 480, 2000), tinyJpeg(160, 120, 900));
    for (const size of [1, 50, 5000]) {
      assertSame(pictures(split(Buffer.concat([large, good]), [size], limits)), [good]);
    }
  });

  test('finds the same whatever pieces the stream comes in, and each picture in one piece of it', () => {
    const size = fc.record({ width: fc.constantFrom(16, 640, 641), bytes: fc.integer({ min: 0, max: 900 }) });
    const plain = fc.oneof(
      size.map(({ width, bytes }) => tinyJpeg(width, 480, bytes)),
      size.map(({ width, bytes }) => tinyJpeg(width, 480, bytes, { hasTables: false })),
    );
    const jpeg = fc.oneof(
      plain,
      fc.tuple(plain, plain).map(([outer, inner]) => Uint8Array.from(withSegment(outer, inner))),
    );
    const edit = fc.record({ at: fc.nat({ max: 999 }), byte: fc.nat({ max: 255 }) });
    const made = fc.record({
      jpeg,
      from: fc.constantFrom(0, 0, 0, 1, 2, 30),
      to: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      edits: fc.array(edit, { maxLength: 2 }),
    });
    const part = made.map(({ jpeg: whole, from, to, edits }) => {
      const bytes = whole.slice(from, Math.ceil(whole.length * to));
      for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte;
      return bytes;
    });
    const pieces = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 });
    const run = (parts: Uint8Array[], sizes: number[]) => {
      const bytes = Uint8Array.from(Buffer.concat(parts));
      const whole = split(bytes, [bytes.length], limits);
      assert.deepEqual(split(bytes, sizes, limits), whole);
      let passed = 0;
      for (const one of pictures(whole)) {
        assert.ok(isPartOf(one, Buffer.from(bytes)));
        assert.ok(one.length <= limits.maxFrameBytes);
        passed += Buffer.from(bytes).includes(Buffer.from(one)) ? one.length : one.length - 420;
      }
      assert.equal(passed + skipped(whole).reduce((sum, one) => sum + one.bytes, 0), bytes.length);
    };
    fc.assert(fc.property(fc.array(part, { maxLength: 6 }), pieces, run), { numRuns: 1000 });
  });
});

describe('JpegSplitter and thumbnails', () => {
  const thumbnail = tinyJpeg(96, 64, 20);
  const next = tinyJpeg(32, 8, 300);
  /** A segment with the marker and the beginning, which holds a thumbnail. */
  const segment = (marker: number, name: string) => {
    const payload = Buffer.concat([Buffer.from(name), thumbnail]);
    return Buffer.concat([Uint8Array.of(0xff, marker, 0, payload.length + 2), payload]);
  };
  const xmp = Buffer.concat([Uint8Array.of(0xff, 0xe1, 0, 9), Buffer.from('http://')]);
  const rest = tinyJpeg(1280, 720).subarray(2);

  for (const [what, head] of [
    ['Photoshop’s', [segment(0xed, 'Photoshop 3.0\0')]],
    ['EXIF’s behind XMP', [xmp, segment(0xe1, 'Exif\0\0')]],
    ['JFIF’s', [segment(0xe0, 'JFXX\0\x10')]],
  ] as const) {
    test(`gives no thumbnail for a picture when one with ${what} is torn behind it, too large, or the last`, () => {
      const start = Buffer.concat([Uint8Array.of(0xff, 0xd8), ...head]);
      for (const cut of [3, 9, 15]) {
        const torn = Buffer.concat([start, rest.subarray(0, cut)]);
        assertSame(pictures(split(Buffer.concat([torn, next]), [7])), [next]);
        assertSame(pictures(split(torn, [7])), []);
      }
      const limits = { ...defaultFrameLimits, maxWidth: 640 };
      for (const size of [1, 7, 1000]) {
        assertSame(pictures(split(Buffer.concat([start, rest, next]), [size], limits)), [next]);
      }
    });
  }

  test('gives all pictures but the thumbnail when EXIF’s segment is cut before them', () => {
    const cut = Buffer.concat([Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0x40, 0), Buffer.from('Exif\0\0'), thumbnail]);
    assertSame(pictures(split(Buffer.concat([cut, next, next, next]), [50])), [next, next, next]);
  });
});
