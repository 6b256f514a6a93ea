import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { defaultFrameLimits, type FrameLimits } from '../../../src/protocol/frame.ts';
import { JpegStreamDecoder } from '../../../src/protocol/jpeg/jpeg-stream-decoder.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { mediaFile } from '../../support/media.ts';

interface Outcome {
  readonly pictures: Uint8Array[];
  readonly skipped: number;
  readonly reasons: string[];
  readonly error: ProtocolError | undefined;
}

interface Options {
  readonly limits?: FrameLimits;
  readonly framingBytes?: number;
  readonly pieces?: readonly number[];
}

/** Pictures, rejections and error of a whole stream. */
function decode(bytes: Uint8Array, options: Options = {}): Outcome {
  const { limits = defaultFrameLimits, framingBytes = 0, pieces = [bytes.length] } = options;
  const pictures: Uint8Array[] = [];
  let skipped = 0;
  const reasons: string[] = [];
  const decoder = new JpegStreamDecoder(limits, framingBytes, ({ code, reason }) => {
    skipped++;
    reasons.push(`${reason} [${code}]`);
  });
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const end = at + (pieces[i % pieces.length] ?? bytes.length);
      for (const picture of decoder.decode(bytes.slice(at, end))) if (picture) pictures.push(picture.jpeg.slice());
      at = end;
    }
    for (const picture of decoder.finish()) if (picture) pictures.push(picture.jpeg.slice());
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
    return { pictures, skipped, reasons, error };
  }
  return { pictures, skipped, reasons, error: undefined };
}

function assertPictures(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  assert.deepEqual(
    actual.map((jpeg) => Buffer.from(jpeg).toString('hex')),
    expected.map((jpeg) => Buffer.from(jpeg).toString('hex')),
  );
}

const [first, second] = [tinyJpeg(640, 480, 300), tinyJpeg(320, 240, 500)];
const mebibyte = 2 ** 20;
const part = Buffer.from(`\r\n--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: ${first.length}\r\n\r\n`);

describe('JpegStreamDecoder', () => {
  test('gives every picture of a camera program’s stream untouched', async () => {
    const stream = await readFile(await mediaFile('jpegs'));
    for (const piece of [1000, 65_536, stream.length]) {
      const { pictures, skipped, error } = decode(stream, { pieces: [piece] });
      assert.deepEqual([pictures.length, skipped, error], [50, 0, undefined]);
      assert.ok(Buffer.concat(pictures).equals(stream));
    }
  });

  test('counts a torn picture and goes on with the next', () => {
    const { pictures, skipped, error } = decode(Buffer.concat([first, second.subarray(0, 200), first]));
    assertPictures(pictures, [first, first]);
    assert.deepEqual([skipped, error], [1, undefined]);
  });

  test('counts what stands between pictures, but for framing of a few bytes where there is such', () => {
    const stream = Buffer.concat([part, first, part, second, Buffer.from('\r\n--ffmpeg--\r\n')]);
    for (const [framingBytes, count] of [
      [0, 3],
      [4096, 0],
    ] as const) {
      const { pictures, skipped, error } = decode(stream, { framingBytes });
      assertPictures(pictures, [first, second]);
      assert.deepEqual([skipped, error], [count, undefined]);
    }
  });

  test('counts more than a few bytes between pictures where there is framing', () => {
    const stream = Buffer.concat([first, Buffer.alloc(5000, 'x'), second]);
    const { pictures, skipped } = decode(stream, { framingBytes: 4096 });
    assertPictures(pictures, [first, second]);
    assert.equal(skipped, 1);
  });

  test('rejects a stream that ends within a picture, after those before it', () => {
    const { pictures, skipped, error } = decode(Buffer.concat([first, second.subarray(0, -1)]));
    assertPictures(pictures, [first]);
    assert.deepEqual([skipped, error?.code], [0, 'TORN_FRAME']);
  });

  test('gives the pictures that a torn one had taken for its segment when the stream ends within it', () => {
    const decoder = new JpegStreamDecoder(defaultFrameLimits, 0, () => undefined);
    // The segment says more than is there, so that nothing is found before the end.
    const segment = Uint8Array.of(0xff, 0xd8, 0xff, 0xfe, 0xff, 0xff);
    const large = tinyJpeg(64, 64, 40_000);
    const bytes = Buffer.concat([segment, first, large, second, second.subarray(0, 9)]);
    assert.deepEqual(
      [...decoder.decode(bytes)].filter((one) => one !== undefined),
      [],
    );
    const found: (Uint8Array | undefined)[] = [];
    assert.throws(
      () => {
        for (const one of decoder.finish()) found.push(one?.jpeg);
      },
      { code: 'TORN_FRAME' },
    );
    assertPictures(
      found.filter((one) => one !== undefined),
      [first, large, second],
    );
    assert.ok(found.includes(undefined), 'others have their turn');
  });

  test('leaves a picture over a limit behind, says both values, and goes on with the next', () => {
    const limits = { ...defaultFrameLimits, maxFrameBytes: 1000 };
    const over: [jpeg: Uint8Array, reason: RegExp][] = [
      [tinyJpeg(65535, 65535), /<= 4096x4096: it is 65535x65535 \[PICTURE_TOO_LARGE\]$/],
      [tinyJpeg(640, 480, 3000), /<= 1000 bytes: it goes on \[FRAME_TOO_LONG\]$/],
    ];
    for (const [jpeg, reason] of over) {
      for (const framing of [new Uint8Array(), part]) {
        const stream = Buffer.concat([framing, jpeg, framing, first, framing, jpeg, framing, first]);
        for (const pieces of [[1], [stream.length]]) {
          const { pictures, skipped, reasons, error } = decode(stream, { limits, framingBytes: 4096, pieces });
          assertPictures(pictures, [first, first]);
          assert.deepEqual([skipped, error], [2, undefined]);
          assert.match(reasons[1] ?? '', reason);
        }
      }
    }
  });

  test('rejects a picture that does not end, and says the limit', () => {
    const limits = { ...defaultFrameLimits, maxFrameBytes: 2 * mebibyte };
    const endless = Buffer.concat([first.subarray(0, -2), Buffer.alloc(19 * mebibyte, 0x11)]);
    const { pictures, error } = decode(Buffer.concat([first, endless]), { limits, pieces: [65_536] });
    assertPictures(pictures, [first]);
    assert.equal(error?.code, 'FRAME_TOO_LONG');
    assert.match(error?.message ?? '', /must be <= 2097152 bytes: it goes on/);
  });

  test('counts a broken picture that is as short as framing, and says what is wrong with it', () => {
    const broken = Buffer.concat([first.subarray(0, 2), Uint8Array.of(0, 0, 0, 0), first.subarray(2)]);
    const { pictures, reasons } = decode(Buffer.concat([part, broken, part, first]), { framingBytes: 4096 });
    assertPictures(pictures, [first]);
    assert.deepEqual(reasons, ['a JPEG is broken: there is no marker at byte 2 [NOT_JPEG]']);
  });

  test('rejects garbage that does not end, and says the limit and how much it was', () => {
    const garbage = Buffer.alloc(3 * mebibyte, 'garbage ');
    const { pictures, error } = decode(Buffer.concat([first, garbage]), { pieces: [65_536] });
    assertPictures(pictures, [first]);
    assert.equal(error?.code, 'NOT_JPEG');
    assert.match(error?.message ?? '', /within 1048576 bytes: none did in 1\d{6}/);
  });

  test('rejects torn pictures without end when no whole one is among them', () => {
    const limits = { ...defaultFrameLimits, maxFrameBytes: mebibyte };
    const torn = Buffer.concat(Array.from({ length: 200 }, () => tinyJpeg(64, 64, 20_000).subarray(0, -100)));
    const { error } = decode(torn, { limits, pieces: [65_536] });
    assert.equal(error?.code, 'NOT_JPEG');
    assert.match(error?.message ?? '', /within 1048576 bytes: none did in [12]\d{6}/);
  });

  test('bears torn pictures for ever when there are whole ones among them', () => {
    const limits = { ...defaultFrameLimits, maxFrameBytes: mebibyte };
    const pair = Buffer.concat([tinyJpeg(64, 64, 200_000).subarray(0, -2), first]);
    const { pictures, skipped, error } = decode(Buffer.concat(Array.from({ length: 12 }, () => pair)), { limits });
    assert.deepEqual([pictures.length, skipped, error], [12, 12, undefined]);
  });

  test('takes another stream when one has ended', () => {
    const decoder = new JpegStreamDecoder(defaultFrameLimits, 0, () => undefined);
    for (let round = 0; round < 3; round++) {
      const found = [...decoder.decode(first.slice()), ...decoder.finish()];
      assertPictures(
        found.flatMap((picture) => picture?.jpeg ?? []),
        [first],
      );
      assert.equal(decoder.isWithinPicture, false);
    }
  });

  test('gives the same whatever pieces hostile bytes come in, and fails in no other way than with a code', () => {
    const byte = fc.oneof(fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0xc0, 0xc4, 0xe1, 0, 1, 2, 8), fc.nat({ max: 255 }));
    const noise = fc.array(byte, { maxLength: 200 }).map((values) => Uint8Array.from(values));
    const stream = fc.array(fc.oneof(noise, fc.constantFrom(first, second)), { maxLength: 6 });
    const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });
    const limits = { maxFrameBytes: 2000, maxWidth: 640, maxHeight: 480 };
    fc.assert(
      fc.property(stream, pieces, fc.constantFrom(0, 50), (parts, sizes, framingBytes) => {
        const bytes = Buffer.concat([Uint8Array.of(0xff, 0xd8), ...parts]);
        const whole = decode(bytes, { limits, framingBytes });
        const inPieces = decode(bytes, { limits, framingBytes, pieces: sizes });
        assertPictures(inPieces.pictures, whole.pictures);
        assert.deepEqual([inPieces.skipped, inPieces.error?.code], [whole.skipped, whole.error?.code]);
      }),
      { numRuns: 1000 },
    );
  });
});
