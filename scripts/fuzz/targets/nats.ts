import { type Msg, type MsgHdrs, MsgHdrsImpl, MsgImpl } from '@nats-io/transport-node';
import { parseCameraEvent } from '../../../src/nats/camera-event-message.ts';
import { encodeMetadata } from '../../../src/nats/frame-headers.ts';
import { parseNatsAddress } from '../../../src/nats/nats-address.ts';
import { cameraOf, eventsOf, framesOf, takes } from '../../../src/nats/subjects.ts';
import { readFrame } from '../../../src/nats/subscribing/frame-reader.ts';
import { readPosition } from '../../../src/nats/subscribing/message-position.ts';
import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import type { FrameLimits } from '../../../src/protocol/frame.ts';
import { expectCode } from '../check-stream.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { expectWithin } from './describe.ts';
import { someLimits } from './limits.ts';
import { seedFrame, seedName, toBytes } from './seeds.ts';
import { httpStructure, textStructure } from './structures.ts';

const wallUs = 1_769_860_800_123_457;
const end = toBytes('\r\n');
const headEnd = toBytes('\r\n\r\n');

function find(bytes: Uint8Array, sought: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(sought[0] as number, from); at >= 0; at = bytes.indexOf(sought[0] as number, at + 1)) {
    if (sought.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return bytes.length;
}

/** Subject and reply are the first two lines of an input; headers and picture follow. */
function makeMessage(input: Uint8Array): Msg {
  const subjectEnd = find(input, end, 0);
  const replyEnd = find(input, end, subjectEnd + 1);
  const data = input.subarray(replyEnd + 2);
  const hdr = Math.min(data.length, find(data, headEnd, 0) + 4);
  const subject = input.subarray(0, subjectEnd);
  const reply = input.subarray(subjectEnd + 2, replyEnd);
  return new MsgImpl({ subject, reply, hdr, size: data.length, sid: 1 }, data, {} as never) as Msg;
}

function checkMessage(input: Uint8Array, random: Random): Outcome {
  const limits: FrameLimits = random.pick(someLimits);
  const message = makeMessage(input);
  const done = (code: string | undefined, signature: string): Outcome => ({ code, signature, bytes: input.length });
  try {
    const frame = readFrame(message, limits);
    expectWithin(frame, limits);
    const { metadata } = frame;
    const again = encodeMetadata({ ...metadata, width: frame.width, height: frame.height });
    MsgHdrsImpl.decode(encodeHeaders(again));
    if (!Number.isSafeInteger(metadata.sequence)) throw new Failure(`its sequence is ${metadata.sequence}`);
    const known = Object.entries(metadata).filter(([, value]) => value !== undefined);
    return done(undefined, known.map(([name]) => name).join(' '));
  } catch (error) {
    const { code, message: text } = expectCode(error, [
      'FRAME_TOO_LONG',
      'PICTURE_TOO_LARGE',
      'NOT_JPEG',
      'BAD_MESSAGE',
    ]);
    return done(code, text.replaceAll(/\d+/g, '#'));
  }
}

/** As the library writes them: it has no public function for it. */
const encodeHeaders = (found: MsgHdrs): Uint8Array => (found as MsgHdrsImpl).encode();

function seedMessage(random: Random): Uint8Array {
  const frame = seedFrame(random);
  const headers = encodeMetadata({
    ...frame,
    stream: random.pick([undefined, 'garden-k3x9f2ab']),
    name: random.pick([undefined, 'Garten']),
    address: random.pick([undefined, '192.168.1.7:50412']),
    receivedAtUs: random.pick([undefined, wallUs]),
    age: random.pick([undefined, { us: 3556, errorUs: 213, atUs: 7_000_001 }]),
    publisher: 'my-pc-k3x9f2ab',
  });
  const reply = random.pick(['', '$JS.ACK.frames.c.1.17.3.1769860800123456789.0']);
  return joinBytes([toBytes(`frames.${seedName(random)}\r\n${reply}\r\n`), encodeHeaders(headers), frame.jpeg]);
}

/** A frame's message: its subject, its headers and its picture. */
export const natsFrame: Target = {
  seed: seedMessage,
  structure: {
    cuts: httpStructure.cuts,
    tokens: [
      'Frame-Sequence: 1',
      'Frame-Size: 1x1',
      'Frame-Publisher: a',
      'Frame-Captured-At: ',
      '\r\n',
      ':',
      '-',
      '.',
      'NATS/1.0 503',
    ].map(toBytes),
  },
  check: checkMessage,
};

const texts = [
  'nats://my-nats.local:4222',
  'tls://user:pass%40@host,nats://other:1',
  'token@[::1]:4222',
  'frames.north.gate',
  'events.>',
  '*.north.*',
  '$JS.ACK.frames.c.1.17.3.1769860800123456789.0',
  '$JS.ACK.hub.acc.frames.c.1.17.3.1769860800123456789.0.x',
  '{"event":"up","publisher":"my-pc-k3x9f2ab","stream":"garden-k3x9f2ab"}',
] as const;

/** The short texts: each is read as all that it may be. */
function checkTexts(input: Uint8Array): Outcome {
  const text = new TextDecoder().decode(input);
  const position = readPosition(text);
  const event = parseCameraEvent(input);
  const key = cameraOf(framesOf(text));
  if (takes('frames.>', framesOf(text)) === takes('events.>', framesOf(text)) && key !== '') {
    throw new Failure(`frames of '${text}' are both frames and events, or neither`);
  }
  takes(text, eventsOf(text));
  const signature = `${position === undefined} ${event?.event} ${event?.stream === undefined} ${readAddress(text)}`;
  return { code: undefined, signature, bytes: input.length * 5 };
}

/** The message of the error goes on in "must be". */
function readAddress(text: string): string {
  try {
    const { servers, login, wantsTls } = parseNatsAddress(text);
    return `${Math.min(servers.length, 3)} ${Object.keys(login ?? {})} ${wantsTls}`;
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) return error.message;
    throw new Failure(`an address is refused by ${error instanceof Error ? error.stack : error}`);
  }
}

/** Addresses, subjects, positions and the events of cameras. */
export const natsTexts: Target = {
  seed: (random) => toBytes(random.pick(texts)),
  structure: textStructure(['.', '>', '*', ':', '@', '/', '%', '[', ']', ',', '"', '{', 'nats://', 'tls://', '\ufeff']),
  check: checkTexts,
};
