import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Msg } from '@nats-io/transport-node';
import fc from 'fast-check';
import { encodeMetadata } from '../../src/nats/frame-headers.ts';
import { readFrame } from '../../src/nats/subscribing/frame-reader.ts';
import { ClassicDecoder } from '../../src/protocol/classic/classic-decoder.ts';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import type { ProtocolError } from '../../src/protocol/errors.ts';
import type { FrameLimits } from '../../src/protocol/frame.ts';
import { readJpegSize } from '../../src/protocol/jpeg/jpeg-head.ts';
import type { PictureSize } from '../../src/protocol/jpeg/jpeg-size.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import { JpegStreamDecoder } from '../../src/protocol/jpeg/jpeg-stream-decoder.ts';
import { readWholeJpeg } from '../../src/protocol/jpeg/whole-jpeg.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { encodeFrameHead } from '../../src/protocol/wire2/message-encoder.ts';
import { tinyJpeg } from '../support/jpeg.ts';

// A receiver takes each JPEG that a sender with the same limits passes, on every wire: else a stream would not get past it.

type Passed = PictureSize & { readonly jpeg: Uint8Array };

const limits: FrameLimits = { maxFrameBytes: 4000, maxWidth: 640, maxHeight: 480 };

/** By a pipe and rpicam, and by a folder and a camera. */
const waysOut: Readonly<Record<string, (bytes: Uint8Array, limits: FrameLimits) => Passed[]>> = {
  'a splitter': (bytes, limits) => {
    const splitter = new JpegSplitter(limits);
    return [...splitter.decode(bytes), ...splitter.finish()].flatMap((one) => (one.type === 'picture' ? [one] : []));
  },
  'a look at one file': (bytes, limits) => {
    const found = readWholeJpeg(bytes, limits);
    return 'jpeg' in found ? [found] : [];
  },
};

const times = { capturedAtUs: 1_000_000, capturedMonotonicUs: 5 };
const waysIn: Readonly<Record<string, (picture: Passed, limits: FrameLimits) => (PictureSize | undefined)[]>> = {
  'wire 2': (picture, limits) => {
    const bytes = Buffer.concat([encodeFrameHead({ ...picture, ...times, sequence: 1 }), picture.jpeg]);
    return [...new MessageDecoder(limits).decode(bytes)].map((one) => (one.type === 'FRAM' ? one.frame : undefined));
  },
  'the classic wire': (picture, limits) => {
    const frames = [...new ClassicDecoder(limits).decode(encodeClassicFrame({ ...picture, ...times }))];
    return frames.map((one) => ('jpeg' in one ? one : undefined));
  },
  'JPEGs back to back, and HTTP': ({ jpeg }, limits) => {
    const decoder = new JpegStreamDecoder(limits, 0, () => undefined);
    return [...decoder.decode(jpeg), ...decoder.finish()].filter((one) => one !== undefined);
  },
  NATS: (picture, limits) => {
    const unknown = { stream: undefined, name: undefined, address: undefined, receivedAtUs: undefined, age: undefined };
    const facts = { ...picture, ...unknown, capturedAtUs: 1, sequence: 1, publisher: 'pi' };
    const message = { subject: 'frames.pi', data: picture.jpeg, headers: encodeMetadata(facts) };
    return [readFrame(message as Msg, limits)];
  },
};

/** The parts of a JPEG, to be put together in any order. */
const whole = tinyJpeg(640, 480, 60);
const [header, tables, scan] = [whole.subarray(2, 15), whole.subarray(15, 22), whole.subarray(22, -2)];
const parts = [
  ...[header, header, header, tables, scan, scan],
  tinyJpeg(64, 4000).subarray(2, 15),
  Uint8Array.of(0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xc0),
  ...[
    [0xff],
    [0xff, 0x01],
    [0xff, 0xd3],
    [0xff, 0xd8],
    [0xff, 0xd9],
    [0xff, 0xfe, 0, 2],
    [0xff, 0xc0, 0, 4, 1, 2],
    [7],
  ].map((bytes) => Uint8Array.from(bytes)),
];
const edit = fc.record({
  at: fc.nat({ max: 200 }),
  byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0xff, 0xd8)),
});
const made = fc
  .tuple(fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 }), fc.array(edit, { maxLength: 2 }))
  .map(([middle, edits]) => {
    const bytes = Uint8Array.from(Buffer.concat([whole.subarray(0, 2), ...middle, whole.subarray(-2)]));
    for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });

for (const [from, pass] of Object.entries(waysOut)) {
  for (const [to, take] of Object.entries(waysIn)) {
    test(`a JPEG that ${from} passes is taken by ${to}, with the same size, whatever its parts`, () => {
      let passed = 0;
      const run = (bytes: Uint8Array) => {
        for (const picture of pass(bytes, limits)) {
          passed++;
          const { width, height } = picture;
          assert.deepEqual(
            take(picture, limits).map((one) => one && [one.width, one.height]),
            [[width, height]],
          );
        }
      };
      fc.assert(fc.property(made, run), { numRuns: 2000, examples: [[whole]] });
      assert.ok(passed > 20, `${passed} passed`);
    });
  }
}

test('no picture passes whose scan comes before its frame header', () => {
  const early = Uint8Array.from(Buffer.concat([whole.subarray(0, 2), scan, header, scan, whole.subarray(-2)]));
  for (const pass of Object.values(waysOut)) assert.deepEqual(pass(early, limits), []);
  assert.throws(() => readJpegSize(early), { code: 'NOT_JPEG', message: /a scan comes before its frame header$/ });
});

/** The pictures that come of it; one that is rejected must be rejected for its length. */
function acceptOrReject(take: () => (PictureSize | undefined)[]): number {
  try {
    return take().filter((one) => one !== undefined).length;
  } catch (error) {
    assert.equal((error as ProtocolError).code, 'FRAME_TOO_LONG');
    return 0;
  }
}

// The base64 of four lengths in a row has at least two lengths, whatever the limit leaves when it is divided by three.
for (const spare of [0, 1, 2]) {
  const limit = limits.maxFrameBytes - spare;
  const max: FrameLimits = { ...limits, maxFrameBytes: limit };
  for (const [over, expected] of Object.entries({ '-1': 1, '0': 1, '1': 0, '2': 0 })) {
    const bytes = limit + Number(over);
    const jpeg = tinyJpeg(640, 480, bytes - tinyJpeg(640, 480, 0).length);
    const says = expected === 1 ? 'is taken' : 'is rejected';
    for (const [to, take] of Object.entries(waysIn)) {
      test(`a JPEG of ${bytes} bytes ${says} by ${to} when --max-frame is ${limit}`, () => {
        assert.equal(jpeg.length, bytes);
        assert.equal(
          acceptOrReject(() => take({ jpeg, width: 640, height: 480 }, max)),
          expected,
        );
      });
    }
    for (const [from, pass] of Object.entries(waysOut)) {
      test(`a JPEG of ${bytes} bytes ${says} by ${from} when --max-frame is ${limit}`, () => {
        assert.equal(pass(jpeg, max).length, expected);
      });
    }
  }
}
