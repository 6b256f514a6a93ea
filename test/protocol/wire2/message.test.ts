import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeClassicFrame } from '../../../src/protocol/classic/classic-encoder.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { defaultFrameLimits, type FrameLimits } from '../../../src/protocol/frame.ts';
import { cleanLabel, cleanTrack } from '../../../src/protocol/results/detection.ts';
import { type Incoming, StreamDecoder } from '../../../src/protocol/stream-decoder.ts';
import type { FrameMessage, Message, ResultMessage } from '../../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { encodeFrameHead, encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { fakeJpeg } from '../../support/jpeg.ts';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const stream = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z-]{0,21}$/);
// All space is no name.
const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => /^\P{C}+$/u.test(text) && text.trim() !== '');
const identityPart = fc.stringMatching(/^[0-9a-z-]{1,32}$/);
const version = fc.stringMatching(/^[!-~]{1,32}$/);
const milliseconds = fc.nat({ max: 2 ** 32 - 1 });

const label = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => cleanLabel(text) === text);
const track = fc.oneof(
  fc.nat(),
  label.filter((text) => cleanTrack(text) === text),
);
/** As many as fit into a message. */
const results: fc.Arbitrary<ResultMessage> = fc
  .record({
    sequence: count,
    times: fc.tuple(count, count),
    size: fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 })),
    found: fc.array(fc.tuple(label, fc.nat(10_000), fc.tuple(fc.nat(1000), fc.nat(1000)), fc.option(track)), {
      maxLength: 8,
    }),
    omitted: fc.nat(65_535),
    detectUs: milliseconds,
    extra: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(fc.nat(), fc.boolean()), { maxKeys: 3 }),
  })
  .map(({ sequence, times: [capturedAtUs, capturedMonotonicUs], size: [width, height], found, ...others }) => {
    const detections = found.map(([name, steps, [x, y], number]) => {
      const [x1, y1] = [Math.min(x, width), Math.min(y, height)];
      const box = [x1, y1, width, height] as const;
      return { label: name, confidence: steps / 10_000, box, ...(number !== null && { track: number }) };
    });
    const times = { capturedAtUs, capturedMonotonicUs };
    return { type: 'rslt' as const, sequence, ...times, width, height, detections, ...others };
  });

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constant('HELO' as const),
    stream,
    keepAliveMs: milliseconds,
    delivery: fc.constantFrom('latest' as const, 'every' as const),
    name,
    token: fc.uint8Array({ maxLength: 512 }),
    identity: fc.option(fc.record({ machine: identityPart, device: identityPart, version }), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('WELC' as const),
    keepAliveMs: milliseconds,
    sequence: count,
    detector: fc.option(fc.record({ ageMs: fc.option(fc.nat({ max: 2 ** 32 - 2 }), { nil: undefined }) }), {
      nil: undefined,
    }),
  }),
  fc.record({
    type: fc.constant('ACKN' as const),
    sequence: count,
    latencyUs: fc.option(fc.maxSafeInteger(), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('ping' as const), sentUs: count }),
  fc.record({
    type: fc.constant('pong' as const),
    sentUs: count,
    remoteReceivedUs: count,
    remoteSentUs: count,
    remoteWallUs: count,
  }),
  fc.record({
    type: fc.constant('JOIN' as const),
    proof: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    identity: fc.option(fc.record({ machine: identityPart, device: identityPart, version }), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('TOKN' as const),
    proof: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    name,
    token: fc.uint8Array({ maxLength: 512 }),
  }),
  results,
  fc.record({ type: fc.constant('FAIL' as const), code: fc.constantFrom('BAD_TOKEN', 'X'), reason: name }),
  fc.record({ type: fc.constant('skip' as const), sequence: count, code: fc.constant('NOT_JPEG'), reason: name }),
  fc
    .record({
      width: fc.integer({ min: 1, max: 4096 }),
      height: fc.integer({ min: 1, max: 4096 }),
      times: fc.tuple(count, count, count),
    })
    .map(({ width, height, times: [sequence, capturedAtUs, capturedMonotonicUs] }) => {
      const jpeg = fakeJpeg(width, height, 40 + (sequence % 300));
      const frame = { sequence: Math.max(1, sequence), capturedAtUs, capturedMonotonicUs, width, height, jpeg };
      return { type: 'FRAM' as const, frame };
    }),
);

function encode(message: Message): Uint8Array {
  if (message.type !== 'FRAM') return encodeMessage(message);
  return Buffer.concat([encodeFrameHead(message.frame), message.frame.jpeg]);
}

function decode(
  bytes: Uint8Array,
  pieces: readonly number[] = [],
  limits: FrameLimits = defaultFrameLimits,
): Incoming[] {
  const decoder = new StreamDecoder(limits);
  const found: Incoming[] = [];
  let at = 0;
  for (const length of pieces) {
    found.push(...decoder.decode(bytes.slice(at, at + length)));
    at += length;
  }
  found.push(...decoder.decode(bytes.slice(at)));
  decoder.finish();
  return found;
}

/** The same after a hello, before which no frame may come. */
function decodeGreeted(bytes: Uint8Array, pieces: readonly number[] = []): Incoming[] {
  const greeting = encode(hello);
  return decode(Buffer.concat([greeting, bytes]), [greeting.length, ...pieces]).slice(1);
}

function plain(message: Incoming): unknown {
  return JSON.parse(JSON.stringify(message, (_, value) => (value instanceof Uint8Array ? [...value] : value)));
}

function header(type: string, length: number, first = [0xab, 0x49, 0x53, 2]): Buffer {
  const bytes = Buffer.from([...first, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.write(type, 4, 'latin1');
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

const frameMessage: FrameMessage = {
  type: 'FRAM',
  frame: {
    sequence: 7,
    capturedAtUs: 1,
    capturedMonotonicUs: 2,
    width: 480,
    height: 315,
    jpeg: fakeJpeg(480, 315, 60),
  },
};
const hello: Message = {
  type: 'HELO',
  stream: '0123456789abcdef',
  keepAliveMs: 10_000,
  delivery: 'latest',
  name: 'pi',
  token: new Uint8Array(),
};

describe('wire 2', () => {
  test('gives any messages back, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 6 }), fc.array(fc.nat(400)), (sent, pieces) => {
        const found = decodeGreeted(Buffer.concat(sent.map(encode)), pieces);
        assert.deepEqual(found.map(plain), sent.map(plain));
      }),
    );
  });

  test('gives the same messages when they come byte by byte', () => {
    const bytes = Buffer.concat([encode(hello), encode(frameMessage), encode(frameMessage)]);
    const found = decode(bytes, new Array(bytes.length).fill(1));
    assert.deepEqual(found.map(plain), [hello, frameMessage, frameMessage].map(plain));
  });

  test('reads a HELO that ends before its identity, or has more fields behind it', () => {
    const identity = { machine: 'm', device: 'd', version: '0.1.0' };
    const whole = encode({ ...hello, identity });
    const short = encode(hello);
    const more = Buffer.concat([whole, Buffer.from('later')]);
    more.writeUInt32BE(more.length - 12, 8);
    const read = [short, whole, more].map((bytes) => plain(decode(bytes)[0] as Incoming));
    assert.deepEqual(read, [hello, { ...hello, identity }, { ...hello, identity }].map(plain));
  });

  test('rejects a HELO whose identity is none, or is torn', () => {
    for (const identity of [
      { machine: 'M', device: 'd', version: '1' },
      { machine: '', device: 'd', version: '1' },
      { machine: 'm', device: 'd'.repeat(33), version: '1' },
      { machine: 'm', device: 'd', version: 'a b' },
    ])
      assert.throws(() => decode(encode({ ...hello, identity })), { code: 'BAD_MESSAGE' });
    const torn = Buffer.from(encode({ ...hello, identity: { machine: 'm', device: 'd', version: '1' } })).subarray(
      0,
      -1,
    );
    torn.writeUInt32BE(torn.length - 12, 8);
    assert.throws(() => decode(torn), { code: 'BAD_MESSAGE', message: /within a field/ });
  });

  test('begins after any whole classic frame, wherever the pieces are cut', () => {
    const classic = encodeClassicFrame({ ...frameMessage.frame }, { stream: '0123456789abcdef', sequence: 6 });
    const bytes = Buffer.concat([classic, classic, encode(hello), encode(frameMessage)]);
    for (let at = 0; at <= bytes.length; at++) {
      const types = decode(bytes, [at]).map((message) => message.type);
      assert.deepEqual(types, ['classic', 'classic', 'HELO', 'FRAM']);
    }
  });

  test('gives frames or one ProtocolError, and nothing else, for any bytes', () => {
    const noise = fc.uint8Array({ maxLength: 200 });
    const damaged = fc.tuple(messages, fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([message, at, put]) => {
      const bytes = Buffer.from(encode(message));
      bytes.set(put.subarray(0, Math.max(0, bytes.length - (at % bytes.length))), at % bytes.length);
      return bytes;
    });
    const typed = fc
      .tuple(fc.constantFrom('HELO', 'WELC', 'ACKN', 'ping', 'pong', 'FAIL', 'FRAM', 'skip', 'rslt', 'what'), noise)
      .map(([type, payload]) => Buffer.concat([header(type, payload.length), payload]));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(noise, damaged, typed), { maxLength: 4 }),
        fc.array(fc.nat(60)),
        (parts, pieces) => {
          try {
            for (const message of decode(Buffer.concat(parts), pieces)) assert.ok(typeof message.type === 'string');
          } catch (error) {
            assert.ok(error instanceof ProtocolError, `${error}`);
            assert.ok(!error.message.includes('\n'));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('skips an optional message that nobody knows, and no more', () => {
    const unknown = Buffer.concat([header('what', 70_000), Buffer.alloc(70_000, 0xab)]);
    const found = decode(Buffer.concat([encode(hello), unknown, header('none', 0), encode(frameMessage)]), [50, 1000]);
    assert.deepEqual(
      found.map(({ type }) => type),
      ['HELO', 'FRAM'],
    );
  });

  const rejections: Record<string, [bytes: Uint8Array, code: string, message: RegExp]> = {
    'a required message is not known': [
      header('SNAP', 0),
      'BAD_MESSAGE',
      /message SNAP as this version does not know it/,
    ],
    'the magic is not there': [
      header('HELO', 0, [0xab, 0, 0, 2]),
      'BAD_MESSAGE',
      /must begin with ab 49 53: it is ab 00 00/,
    ],
    'the version is another': [header('HELO', 0, [0xab, 0x49, 0x53, 3]), 'BAD_MESSAGE', /version must be 2: it is 3/],
    'the type is not printable': [header('\x1b[2J', 0), 'BAD_MESSAGE', /type must be four letters/],
    'a control message is long': [
      header('HELO', 1025),
      'FRAME_TOO_LONG',
      /HELO as its length must be <= 1024: it is 1025/,
    ],
    'an optional message is too long': [header('what', 2 ** 32 - 1), 'FRAME_TOO_LONG', /what as its length/],
    'a message ends within a field': [header('ping', 0), 'BAD_MESSAGE', /ping: it ends after 0 bytes, within a field/],
    'a name has a control character': [
      encode({ ...hello, name: 'a\u001b[2J' }),
      'BAD_MESSAGE',
      /without control characters/,
    ],
    'a name turns the text around': [
      encode({ ...hello, name: 'a\u202egpj' }),
      'BAD_MESSAGE',
      /without control characters/,
    ],
    'a stream id could lead elsewhere': [
      encode({ ...hello, stream: '../etc' }),
      'BAD_MESSAGE',
      /letters, digits and hyphens/,
    ],
    'a name is empty': [encode({ ...hello, name: '' }), 'BAD_MESSAGE', /its name must be/],
    'a token is too long': [
      encode({ ...hello, token: new Uint8Array(513) }),
      'BAD_MESSAGE',
      /its token must be <= 512 bytes: it is 513/,
    ],
    'a ping says a time above 2^53': [
      Buffer.concat([header('ping', 8), Buffer.alloc(8, 0xff)]),
      'BAD_MESSAGE',
      /a number above 2\^53 - 1: 18446744073709551615/,
    ],
    'a reason has no code': [encode({ type: 'FAIL', code: 'no code', reason: 'x' }), 'BAD_MESSAGE', /capital letters/],
    'an acknowledgement says a latency beyond 2^53': [
      Buffer.concat([header('ACKN', 16), Buffer.alloc(8), Buffer.alloc(8, 0x7f)]),
      'BAD_MESSAGE',
      /a number beyond 2\^53 - 1: 9187201950435737471/,
    ],
    'a frame is numbered 0': [
      encode({ type: 'FRAM', frame: { ...frameMessage.frame, sequence: 0 } }),
      'BAD_MESSAGE',
      /1 or more/,
    ],
    'a frame ends within its fields': [header('FRAM', 0), 'BAD_MESSAGE', /it ends after 0 bytes, within a field/],
    'it ends within a message': [encode(hello).subarray(0, 20), 'TORN_FRAME', /ended within a frame/],
  };
  for (const [what, [bytes, code, message]] of Object.entries(rejections)) {
    test(`is rejected with ${code} when ${what}`, () => {
      assert.throws(() => decodeGreeted(bytes), { code, message });
    });
  }

  const { frame } = frameMessage;
  const bad: Record<string, [frame: FrameMessage['frame'], code: string, message: RegExp]> = {
    'it says another size than its picture': [
      { ...frame, width: 481 },
      'BAD_MESSAGE',
      /it says 481x315, its JPEG 480x315/,
    ],
    'it says no size': [{ ...frame, width: 0, height: 0 }, 'BAD_MESSAGE', /it says 0x0, its JPEG 480x315/],
    'its picture is too large': [
      { ...frame, width: 500, jpeg: fakeJpeg(500, 315) },
      'PICTURE_TOO_LARGE',
      /<= 480x315: it is 500x315/,
    ],
    'its body is no JPEG': [{ ...frame, jpeg: Buffer.alloc(40) }, 'NOT_JPEG', /must be a JPEG/],
    'it has no body': [{ ...frame, jpeg: new Uint8Array() }, 'NOT_JPEG', /must be a JPEG/],
    'it is too long': [
      { ...frame, jpeg: fakeJpeg(480, 315, 2000) },
      'FRAME_TOO_LONG',
      /as its JPEG must be <= 1100 bytes: it has 2000/,
    ],
  };
  for (const [when, [second, code, message]] of Object.entries(bad)) {
    test(`gives the frames around one that is skipped with ${code} when ${when}`, () => {
      const limits = { maxFrameBytes: 1100, maxWidth: 480, maxHeight: 315 };
      const bytes = Buffer.concat(
        [hello, frameMessage, { type: 'FRAM' as const, frame: { ...second, sequence: 8 } }, frameMessage].map(encode),
      );
      for (const size of [1, 50, bytes.length]) {
        const found = decode(bytes, new Array(Math.ceil(bytes.length / size)).fill(size), limits);
        assert.deepEqual(
          found.map((one) => (one.type === 'bad frame' ? [one.sequence, one.error.code] : one.type)),
          ['HELO', 'FRAM', [8, code], 'FRAM'],
        );
        const [, , one] = found;
        assert.match(one?.type === 'bad frame' ? one.error.message : '', message);
      }
    });
  }

  test('is not written with a number that it has no room for', () => {
    assert.throws(() => encode({ ...hello, keepAliveMs: 2 ** 32 }), {
      name: 'RangeError',
      message: 'Cannot write a number as it must be whole and from 0 to 4294967295: it is 4294967296',
    });
  });

  test('shows which wire came last, from the first byte of a message on', () => {
    const decoder = new StreamDecoder(defaultFrameLimits);
    const classic = encodeClassicFrame(frameMessage.frame);
    const parts = [
      classic.subarray(0, 63),
      classic.subarray(63),
      encode(hello).subarray(0, 1),
      encode(hello).subarray(1),
    ];
    const states = parts.map((part) => [[...decoder.decode(part)].length, decoder.latest]);
    assert.deepEqual(states, [
      [0, undefined],
      [1, 'length field'],
      [0, 'message'],
      [1, 'message'],
    ]);
  });

  test('rejects a frame before a hello when no more than its header has come', () => {
    assert.throws(() => decode(header('FRAM', 1_000_000)), { code: 'BAD_MESSAGE', message: /FRAM before a HELO/ });
  });

  test('holds no more than half a mebibyte of a message that was only announced', () => {
    const decoder = new MessageDecoder(defaultFrameLimits);
    const before = process.memoryUsage().arrayBuffers;
    assert.deepEqual([...decoder.decode(header('FRAM', 2 ** 23))], []);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
  });

  test('leaves a frame alone when the chunk it came in is used again', () => {
    const decoder = new MessageDecoder(defaultFrameLimits);
    const chunk = Buffer.from(encode(frameMessage));
    const [found] = [...decoder.decode(chunk)];
    chunk.fill(0);
    assert.deepEqual(found, frameMessage);
  });
});

describe('the specification of wire 2', async () => {
  const page = await readFile(new URL('../../../src/protocol/README.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^### `(\w{4})`.*?```hex\n(.*?)```/gms)];

  test('has an example of every message', () => {
    const types = examples.map(([, type]) => type).sort();
    assert.deepEqual(types, ['ACKN', 'FAIL', 'FRAM', 'HELO', 'JOIN', 'TOKN', 'WELC', 'ping', 'pong', 'rslt', 'skip']);
  });

  for (const [, type, text = ''] of examples) {
    test(`shows ${type} as it is on the wire`, () => {
      const bytes = Buffer.from(text.replaceAll(/ {2}.*$|\s/gm, ''), 'hex');
      const found = [...new MessageDecoder(defaultFrameLimits).decode(bytes)];
      assert.equal(found.length, 1);
      const [message] = found as [Message];
      assert.equal(message.type, type);
      assert.deepEqual(Buffer.from(encode(message)), bytes);
    });
  }
});
