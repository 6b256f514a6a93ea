import type { NumberedFrame } from '../frame.ts';
import { takeShortBytes } from '../short-bytes.ts';
import {
  type FrameMessage,
  frameFieldsBytes,
  type Hello,
  headerBytes,
  type Message,
  magic,
  maxControlBytes,
  type Rejection,
  type SenderIdentity,
  type Skip,
  unknownAge,
  version,
} from './message.ts';
import { PayloadWriter } from './payload.ts';
import { writeResult } from './result-message.ts';

type ControlMessage = Exclude<Message, FrameMessage>;

/** Messages are written here, until their length is known. */
const draft = new Uint8Array(headerBytes + maxControlBytes);

/** A message of wire 2, other than a frame. */
export function encodeMessage(message: ControlMessage): Uint8Array {
  const writer = new PayloadWriter(draft, headerBytes);
  writePayload(writer, message);
  const written = writer.bytes;
  writeHeader(written, message.type, written.length - headerBytes);
  const bytes = takeShortBytes(written.length);
  bytes.set(written);
  return bytes;
}

/**
 * The message of a frame without its JPEG, which follows on the wire. It is apart so that the
 * picture is not copied.
 *
 * @throws RangeError when a time or number is no whole number from 0 to 2^53 - 1, or a side of the
 * picture is over 65535 pixels
 */
export function encodeFrameHead(frame: NumberedFrame): Uint8Array {
  const head = takeShortBytes(headerBytes + frameFieldsBytes);
  const writer = new PayloadWriter(head, headerBytes);
  writer.uint64(frame.sequence);
  writer.uint64(frame.capturedAtUs);
  writer.uint64(frame.capturedMonotonicUs);
  writer.uint16(frame.width);
  writer.uint16(frame.height);
  writeHeader(head, 'FRAM', frameFieldsBytes + frame.jpeg.length);
  return head;
}

function writeHeader(target: Uint8Array, type: string, length: number): void {
  target.set(magic, 0);
  target[3] = version;
  for (let i = 0; i < 4; i++) target[4 + i] = type.charCodeAt(i);
  new PayloadWriter(target, 8).uint32(length);
}

function writePayload(writer: PayloadWriter, message: ControlMessage): void {
  switch (message.type) {
    case 'HELO':
      writeHello(writer, message);
      break;
    case 'WELC':
      writer.uint32(message.keepAliveMs);
      writer.uint64(message.sequence);
      if (message.detector !== undefined) writer.uint32(message.detector.ageMs ?? unknownAge);
      break;
    case 'ACKN':
      writer.uint64(message.sequence);
      writer.int64(message.latencyUs);
      break;
    case 'skip':
      writer.uint64(message.sequence);
      writeReason(writer, message, 8);
      break;
    case 'ping':
      writer.uint64(message.sentUs);
      break;
    case 'pong':
      writer.uint64(message.sentUs);
      writer.uint64(message.remoteReceivedUs);
      writer.uint64(message.remoteSentUs);
      writer.uint64(message.remoteWallUs);
      break;
    case 'rslt':
      writeResult(writer, message);
      break;
    case 'FAIL':
      writeReason(writer, message, 0);
      break;
    case 'JOIN':
      writer.raw(message.proof);
      writeIdentity(writer, message.identity);
      break;
    case 'TOKN':
      writer.raw(message.proof);
      writeShortText(writer, message.name);
      writeToken(writer, message.token);
      break;
  }
}

function writeHello(writer: PayloadWriter, { stream, keepAliveMs, delivery, name, token, identity }: Hello): void {
  writeShortText(writer, stream);
  writer.uint32(keepAliveMs);
  writer.uint8(delivery === 'every' ? 1 : 0);
  writeShortText(writer, name);
  writeToken(writer, token);
  writeIdentity(writer, identity);
}

function writeToken(writer: PayloadWriter, token: Uint8Array): void {
  writer.uint16(token.length);
  writer.raw(token);
}

function writeIdentity(writer: PayloadWriter, identity: SenderIdentity | undefined): void {
  if (identity === undefined) return;
  writeShortText(writer, identity.machine);
  writeShortText(writer, identity.device);
  writeShortText(writer, identity.version);
}

/** Text of at most 255 bytes, behind its length. */
function writeShortText(writer: PayloadWriter, text: string): void {
  const bytes = new TextEncoder().encode(text);
  writer.uint8(bytes.length);
  writer.raw(bytes);
}

/**
 * Writes code and reason. The reason is cut, between two characters, to what a message holds behind
 * `before` bytes.
 */
function writeReason(writer: PayloadWriter, { code, reason }: Rejection | Skip, before: number): void {
  writeShortText(writer, code);
  // A code is ASCII.
  const room = new Uint8Array(maxControlBytes - before - 1 - code.length);
  writer.raw(room.subarray(0, new TextEncoder().encodeInto(reason, room).written));
}
