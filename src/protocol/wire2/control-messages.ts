import { replaceUnprintable } from '../unprintable.ts';
import {
  type Acknowledgement,
  type FrameMessage,
  type Hello,
  isIdentityPart,
  isStreamId,
  isVersion,
  type Message,
  maxTokenBytes,
  type Pong,
  proofBytes,
  type Rejection,
  readName,
  type SenderIdentity,
  unknownAge,
  type Welcome,
} from './message.ts';
import { PayloadReader } from './payload.ts';
import { readResult } from './result-message.ts';

/** A message that is no frame. */
export type ControlMessage = Exclude<Message, FrameMessage>;

const controls: readonly string[] = [
  'HELO',
  'WELC',
  'ACKN',
  'skip',
  'ping',
  'pong',
  'rslt',
  'FAIL',
  'JOIN',
  'TOKN',
] satisfies ControlMessage['type'][];

export function isControl(type: string): boolean {
  return controls.includes(type);
}

/**
 * Reads the payload of a message of that type.
 * @throws ProtocolError BAD_MESSAGE
 */
export function readControl(type: ControlMessage['type'], bytes: Uint8Array): ControlMessage {
  const reader = new PayloadReader(type, bytes);
  switch (type) {
    case 'HELO':
      return readHello(reader);
    case 'WELC':
      return { type, keepAliveMs: reader.uint32(), sequence: reader.uint64(), ...readDetector(reader) };
    case 'ACKN':
      return readAcknowledgement(reader);
    case 'skip':
      return { type, sequence: reader.uint64(), ...readReason(reader, bytes.length - 8) };
    case 'ping':
      return { type, sentUs: reader.uint64() };
    case 'pong':
      return readPong(reader);
    case 'rslt':
      return readResult(reader);
    case 'FAIL':
      return { type, ...readReason(reader, bytes.length) };
    case 'JOIN':
      return { type, proof: reader.raw(proofBytes), identity: readIdentity(reader) };
    case 'TOKN':
      return { type, proof: reader.raw(proofBytes), name: readSenderName(reader), token: readToken(reader) };
  }
}

// Bytes behind the last field are skipped: later versions may put fields there.

function readHello(reader: PayloadReader): Hello {
  const stream = reader.text(reader.uint8());
  if (!isStreamId(stream)) throw reader.fail('its stream id must be 1 to 22 letters, digits and hyphens');
  const keepAliveMs = reader.uint32();
  const delivery = reader.uint8();
  if (delivery > 1) throw reader.fail(`its delivery must be 0 (latest) or 1 (every): it is ${delivery}`);
  const name = readSenderName(reader);
  const token = readToken(reader);
  const identity = readIdentity(reader);
  return { type: 'HELO', stream, keepAliveMs, delivery: delivery === 1 ? 'every' : 'latest', name, token, identity };
}

/** Nothing where the payload ends before it. */
function readDetector(reader: PayloadReader): Pick<Welcome, 'detector'> {
  if (reader.isAtEnd) return {};
  const ageMs = reader.uint32();
  return { detector: { ageMs: ageMs === unknownAge ? undefined : ageMs } };
}

function readSenderName(reader: PayloadReader): string {
  const name = readName(reader.text(reader.uint8()));
  if (name !== undefined) return name;
  throw reader.fail('its name must be 1 to 64 bytes without control characters, with something to be seen');
}

function readToken(reader: PayloadReader): Uint8Array {
  const length = reader.uint16();
  if (length > maxTokenBytes) throw reader.fail(`its token must be <= ${maxTokenBytes} bytes: it is ${length}`);
  return reader.raw(length);
}

/** Undefined where the payload ends before it. */
function readIdentity(reader: PayloadReader): SenderIdentity | undefined {
  if (reader.isAtEnd) return undefined;
  const [machine, device, version] = [0, 1, 2].map(() => reader.text(reader.uint8())) as [string, string, string];
  if (!isIdentityPart(machine) || !isIdentityPart(device))
    throw reader.fail('its machine and its device must be 1 to 32 small letters, digits and hyphens');
  if (!isVersion(version)) throw reader.fail('its version must be 1 to 32 visible ASCII characters');
  return { machine, device, version };
}

function readAcknowledgement(reader: PayloadReader): Acknowledgement {
  return { type: 'ACKN', sequence: reader.uint64(), latencyUs: reader.int64() };
}

function readPong(reader: PayloadReader): Pong {
  return {
    type: 'pong',
    sentUs: reader.uint64(),
    remoteReceivedUs: reader.uint64(),
    remoteSentUs: reader.uint64(),
    remoteWallUs: reader.uint64(),
  };
}

/** Reads code and reason from the last `length` bytes. */
function readReason(reader: PayloadReader, length: number): Pick<Rejection, 'code' | 'reason'> {
  const codeBytes = reader.uint8();
  const code = reader.text(codeBytes);
  if (!/^[A-Z][A-Z0-9_]*$/.test(code)) throw reader.fail('its code must be capital letters, digits and underscores');
  // The reason goes into a log.
  const reason = replaceUnprintable(reader.text(length - 1 - codeBytes));
  return { code, reason };
}
