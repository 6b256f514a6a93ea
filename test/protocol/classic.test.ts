import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClassicDecoder } from '../../src/protocol/classic/classic-decoder.ts';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { formatMarkedTime, writeField } from '../../src/protocol/classic/classic-field.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { defaultFrameLimits, type Frame, type FrameLimits } from '../../src/protocol/frame.ts';
import { StreamDecoder } from '../../src/protocol/stream-decoder.ts';
import { fakeJpeg } from '../support/jpeg.ts';

const timeUs = 1_000_000_000_000_007;

function makeFrame(width: number, height: number, bytes: number, capturedAtUs = timeUs): Frame {
  return { jpeg: fakeJpeg(width, height, bytes), width, height, capturedAtUs };
}

function decodeAll(chunks: Iterable<Uint8Array>, limits: FrameLimits = defaultFrameLimits): Frame[] {
  const decoder = new StreamDecoder(limits);
  const frames = [...chunks].flatMap((chunk) => [...decoder.decode(chunk)]);
  decoder.finish();
  return frames.map((incoming) => {
    assert.equal(incoming.type, 'classic');
    const { mark, ...frame } = incoming.frame;
    assert.equal(mark, undefined);
    return frame;
  });
}

function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}

/** One frame by hand: any length field, any body, any time field. */
function raw(length: string, body: string, time = '2001-09-09 01:46:40.000007'): Uint8Array {
  return Buffer.from(length.padEnd(64) + body + time.padEnd(64), 'latin1');
}

const stream = [makeFrame(480, 315, 200), makeFrame(1, 1, 23), makeFrame(4096, 4096, 25)];
const streamBytes = Buffer.concat(stream.map((frame) => encodeClassicFrame(frame)));

test('encodeClassicFrame writes the very bytes of the Python client', () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  const expected = `${'8'.padEnd(64)}/9j/2Q==${'2001-09-09 01:46:40.000007'.padEnd(64)}`;
  assert.equal(Buffer.from(encodeClassicFrame({ jpeg, capturedAtUs: timeUs })).toString('latin1'), expected);
});

test('ClassicDecoder gives the same frames when a stream is fed whole', () => {
  assert.deepEqual(decodeAll([streamBytes]), stream);
});

test('ClassicDecoder gives the same frames when a stream is fed byte by byte', () => {
  assert.deepEqual(decodeAll(cut(streamBytes, 1)), stream);
});

test('ClassicDecoder gives the same frames when a stream is cut at any one place', () => {
  for (let at = 0; at <= streamBytes.length; at++) {
    assert.deepEqual(decodeAll([streamBytes.subarray(0, at), streamBytes.subarray(at)]), stream);
  }
});

test('ClassicDecoder gives any frames back, whatever the pieces', () => {
  const anyFrame = fc
    .tuple(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 23, max: 600 }))
    .map(([width, height, bytes]) => makeFrame(width, height, bytes));
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 5 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
      (frames, lengths) => {
        const bytes = Buffer.concat(frames.map((frame) => encodeClassicFrame(frame)));
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; ) {
          const length = lengths.next().value as number;
          chunks.push(bytes.subarray(at, at + length));
          at += length;
        }
        assert.deepEqual(decodeAll(chunks), frames);
      },
    ),
  );
});

test('ClassicDecoder leaves what it gave alone when the chunk is used again', () => {
  const decoder = new ClassicDecoder(defaultFrameLimits);
  const chunk = encodeClassicFrame(stream[0] as Frame);
  const [frame] = [...decoder.decode(chunk)];
  chunk.fill(0);
  assert.deepEqual(frame, { ...stream[0], mark: undefined });
});

test('ClassicDecoder takes a length with spaces before it, as Python does', () => {
  const body = Buffer.from(fakeJpeg(480, 315)).toString('base64');
  assert.equal(decodeAll([raw(`  ${body.length}`, body)]).length, 1);
});

test('ClassicDecoder knows a sender by its first whole length field', () => {
  const decoder = new ClassicDecoder(defaultFrameLimits);
  const states = [streamBytes.subarray(0, 63), streamBytes.subarray(63, 64)].map((part) => {
    assert.deepEqual([...decoder.decode(part)], []);
    return decoder.hasHeader;
  });
  assert.deepEqual(states, [false, true]);
});

test('ClassicDecoder gives the good frames before the bad one', () => {
  const decoder = new ClassicDecoder(defaultFrameLimits);
  const frames: Frame[] = [];
  assert.throws(
    () => {
      for (const frame of decoder.decode(Buffer.concat([streamBytes, raw('x', '')]))) frames.push(frame as Frame);
    },
    { code: 'BAD_LENGTH' },
  );
  assert.deepEqual(
    frames,
    stream.map((frame) => ({ ...frame, mark: undefined })),
  );
});

const jpegText = Buffer.from(fakeJpeg(480, 315)).toString('base64');
const jpegLength = String(jpegText.length);

const errors: Record<string, [bytes: Uint8Array, code: string, message: RegExp]> = {
  'the length is no number': [raw('abc', ''), 'BAD_LENGTH', /must be digits and above 0: it is 'abc'/],
  'the length is 0': [raw('0', ''), 'BAD_LENGTH', /it is '0'/],
  'the length is negative': [raw('-4', ''), 'BAD_LENGTH', /it is '-4'/],
  'the stream begins with TLS': [
    Uint8Array.from({ length: 64 }, (_, i) => [0x16, 0x03, 0x01][i] ?? 0),
    'BAD_LENGTH',
    /begins with TLS: start this receiver with --tls/,
  ],
  'the length is empty': [raw('', ''), 'BAD_LENGTH', /it is ''/],
  'the length has a fraction': [raw('4.0', ''), 'BAD_LENGTH', /it is '4.0'/],
  'the length has 64 digits': [
    raw('9'.repeat(64), ''),
    'FRAME_TOO_LONG',
    /must be <= 16000000 bytes: it has at least 7.5e\+63/,
  ],
  'the length is over what can be skipped': [
    raw('4294967296', ''),
    'FRAME_TOO_LONG',
    /<= 16000000 bytes: it has at least 3221225470/,
  ],
  'the length is no multiple of 4': [raw('5', ''), 'BAD_BASE64', /must be a multiple of 4: it is 5/],
  'the body is not base64': [raw('8', 'ab*defgh'), 'BAD_BASE64', /outside A-Z/],
  'the body goes on after its padding': [raw('8', 'ab==efgh'), 'BAD_BASE64', /misplaced =/],
  'the time is no time': [raw(jpegLength, jpegText, 'yesterday'), 'BAD_TIME', /it is 'yesterday'/],
};

for (const [when, [bytes, code, message]] of Object.entries(errors)) {
  test(`ClassicDecoder rejects a frame when ${when}`, () => {
    for (const length of [1, 7, bytes.length]) {
      assert.throws(() => decodeAll(cut(bytes, length)), { name: 'ProtocolError', code, message });
    }
  });
}

const bad: Record<string, [bytes: Uint8Array, code: string, message: RegExp]> = {
  'its body is no JPEG': [raw('8', 'aGVsbG8='), 'NOT_JPEG', /does not begin with FF D8/],
  'its picture is too wide': [
    encodeClassicFrame(makeFrame(401, 1, 99)),
    'PICTURE_TOO_LARGE',
    /<= 400x400: it is 401x1/,
  ],
  'its picture is too high': [encodeClassicFrame(makeFrame(1, 65500, 99)), 'PICTURE_TOO_LARGE', /it is 1x65500/],
  'its length is over the limit': [
    encodeClassicFrame(makeFrame(9, 9, 2000)),
    'FRAME_TOO_LONG',
    /must be <= 1000 bytes: it has at least 1999/,
  ],
};

for (const [when, [bytes, code, message]] of Object.entries(bad)) {
  test(`ClassicDecoder leaves a frame behind, and gives those around it, when ${when}`, () => {
    const limits = { maxFrameBytes: 1000, maxWidth: 400, maxHeight: 400 };
    const good = encodeClassicFrame(makeFrame(16, 9, 99));
    const mark = { stream: 'pi-01-k3x9f2ab', sequence: 42 };
    const marked = Uint8Array.from(bytes);
    writeField(formatMarkedTime(timeUs, mark), marked, bytes.length - 64);
    for (const length of [1, 7, 5000]) {
      const decoder = new StreamDecoder(limits);
      const chunks = [...cut(Buffer.concat([good, bytes, marked, good]), length)];
      const found = chunks.flatMap((chunk) => [...decoder.decode(chunk)]);
      decoder.finish();
      assert.deepEqual(
        found.map((one) => (one.type === 'bad frame' ? [one.sequence, one.stream, one.error.code] : one.type)),
        ['classic', [undefined, undefined, code], [42, mark.stream, code], 'classic'],
      );
      const [, one] = found;
      assert.match(one?.type === 'bad frame' ? one.error.message : '', message);
    }
  });
}

test('ClassicDecoder says that a stream ended within a frame, at any place but the ends', () => {
  const one = encodeClassicFrame(stream[0] as Frame);
  for (let at = 1; at < one.length; at++) {
    assert.throws(() => decodeAll([one.subarray(0, at)]), { code: 'TORN_FRAME' });
  }
});

test('ClassicDecoder gives frames or one ProtocolError for any bytes', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(...Object.values(errors).map(([bytes]) => bytes)),
    fc.constant(streamBytes),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      try {
        decodeAll(pieces);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
  );
});

test('ClassicDecoder takes any frame that the limits allow and none beyond', () => {
  const limits = { maxFrameBytes: 100, maxWidth: 10, maxHeight: 20 };
  assert.equal(decodeAll([encodeClassicFrame(makeFrame(10, 20, 100))], limits).length, 1);
  for (const beyond of [makeFrame(10, 20, 101), makeFrame(11, 20, 75), makeFrame(10, 21, 75)]) {
    const found = [...new ClassicDecoder(limits).decode(encodeClassicFrame(beyond))];
    assert.deepEqual(
      found.map((one) => 'jpeg' in one),
      [false],
    );
  }
});
