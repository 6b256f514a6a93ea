// Parts of good streams, which the encoders of the programs make.
import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import { encodeClassicFrame } from '../../../src/protocol/classic/classic-encoder.ts';
import type { NumberedFrame } from '../../../src/protocol/frame.ts';
import type { Message } from '../../../src/protocol/wire2/message.ts';
import { encodeFrameHead, encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { fakeJpeg, tinyJpeg } from '../../../test/support/jpeg.ts';
import type { Random } from '../random.ts';

const words = ['garden', 'pi-01', 'north gate', 'Gärten', 'a', 'x'.repeat(22), 'カメラ', '../etc', 'CON'] as const;
const streams = ['garden-k3x9f2ab', 'a', '0'.repeat(22)] as const;
const wallUs = 1_769_860_800_123_457;

export const toBytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A name of a camera. */
export const seedName = (random: Random): string => random.pick(words);

/** A frame whose JPEG has all its parts; sometimes one of no real JPEG, or with a thumbnail. */
export function seedFrame(random: Random, sequence = random.between(1, 9)): NumberedFrame {
  const [width, height] = [random.pick([1, 16, 64, 480, 640]), random.pick([1, 8, 48, 315, 480])];
  const jpeg = seedJpeg(random, width, height);
  const capturedAtUs = wallUs + random.below(1_000_000);
  return { sequence, capturedAtUs, capturedMonotonicUs: random.below(1e9), width, height, jpeg };
}

export function seedJpeg(random: Random, width = 64, height = 48): Uint8Array {
  const dataBytes = random.oneIn(30) ? random.below(6000) : random.below(80);
  if (random.oneIn(10)) return fakeJpeg(width, height, 23 + dataBytes);
  const jpeg = tinyJpeg(width, height, dataBytes, { hasTables: !random.oneIn(4) });
  return random.oneIn(3) ? withSegment(jpeg, random) : jpeg;
}

/** With a segment behind the SOI: EXIF with a thumbnail, a comment, or one of another program. */
function withSegment(jpeg: Uint8Array, random: Random): Uint8Array {
  const inner = joinBytes([
    toBytes(random.pick(['Exif\0\0MM\0*', 'JFXX\0', 'Photoshop 3.0\0', 'MPF\0', ''])),
    random.oneIn(2) ? tinyJpeg(16, 8, random.below(60)) : random.bytes(random.below(40)),
  ]);
  const length = inner.length + 2;
  const marker = random.pick([0xe0, 0xe1, 0xe2, 0xed, 0xfe]);
  return joinBytes([jpeg.subarray(0, 2), [0xff, marker, length >> 8, length & 255], inner, jpeg.subarray(2)]);
}

/** Classic frames back to back, with marks or without. */
export function seedClassic(random: Random, frames = random.between(1, 3)): Uint8Array {
  const stream = random.oneIn(2) ? random.pick(streams) : undefined;
  const parts = Array.from({ length: frames }, (_, i) =>
    encodeClassicFrame(seedFrame(random), stream === undefined ? undefined : { stream, sequence: i + 1 }),
  );
  return joinBytes(parts);
}

/** Messages that a sender sends: a HELO, and then frames and pongs. */
export function seedMessages(random: Random): Message[] {
  const rest = Array.from({ length: random.between(0, 3) }, (_, i): Message => {
    if (random.oneIn(4)) {
      const us = random.below(1e9);
      return { type: 'pong', sentUs: us, remoteReceivedUs: us, remoteSentUs: us + 1, remoteWallUs: wallUs };
    }
    return { type: 'FRAM', frame: seedFrame(random, i + 1) };
  });
  return [random.oneIn(10) ? seedJoin(random) : seedHello(random), ...rest];
}

function seedHello(random: Random): Message {
  return {
    type: 'HELO',
    stream: random.pick(streams),
    keepAliveMs: random.pick([0, 1, 10_000, 2 ** 32 - 1]),
    delivery: random.pick(['latest', 'every']),
    name: seedName(random),
    token: random.bytes(random.pick([0, 0, 7, 512])),
    identity: random.pick([undefined, { machine: 'm9f7x0b2t4', device: 'c4k8z2', version: '0.1.0' }]),
  };
}

function seedJoin(random: Random): Message {
  return {
    type: 'JOIN',
    proof: random.bytes(32),
    identity: random.pick([undefined, { machine: 'm9f7x0b2t4', device: 'c4k8z2', version: '0.1.0' }]),
  };
}

/** Messages that a receiver sends. */
export function seedAnswers(random: Random): Message[] {
  const sequence = random.below(100);
  const all: readonly Message[] = [
    { type: 'WELC', keepAliveMs: 10_000, sequence },
    { type: 'WELC', keepAliveMs: 10_000, sequence, detector: { ageMs: random.pick([undefined, 27]) } },
    { type: 'ACKN', sequence, latencyUs: random.pick([undefined, -7, 12_345]) },
    { type: 'skip', sequence, code: 'NOT_JPEG', reason: 'it is none' },
    { type: 'ping', sentUs: random.below(1e9) },
    makeResult(sequence, random),
    { type: 'FAIL', code: 'BAD_TOKEN', reason: 'Cannot accept' },
    { type: 'TOKN', proof: random.bytes(32), name: 'garden', token: random.bytes(random.pick([8, 43, 512])) },
  ];
  return Array.from({ length: random.between(1, 4) }, () => random.pick(all));
}

function makeResult(sequence: number, random: Random): Message {
  const detection = { label: 'person', confidence: 0.5, box: [1, 2, 30, 40], track: random.pick([7, 'a-1']) } as const;
  const times = { capturedAtUs: 1_769_860_800_123_456, capturedMonotonicUs: random.below(1e9) };
  const found = { detections: Array.from({ length: random.below(4) }, () => detection), omitted: random.below(3) };
  return { type: 'rslt', sequence, ...times, width: 64, height: 48, ...found, detectUs: 20_000, extra: { a: 1 } };
}

export function encodeAll(messages: readonly Message[]): Uint8Array {
  return joinBytes(
    messages.flatMap((message) =>
      message.type === 'FRAM' ? [encodeFrameHead(message.frame), message.frame.jpeg] : [encodeMessage(message)],
    ),
  );
}
