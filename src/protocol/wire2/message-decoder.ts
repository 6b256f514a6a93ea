import { ProtocolError } from '../errors.ts';
import { checkJpegBytes, checkPictureSize, type FrameLimits } from '../frame.ts';
import { GrowingBytes } from '../growing-bytes.ts';
import { readJpegSize } from '../jpeg/jpeg-head.ts';
import { replaceUnprintable } from '../unprintable.ts';
import {
  type Acknowledgement,
  type BadFrame,
  type FrameMessage,
  frameFieldsBytes,
  type Hello,
  headerBytes,
  isOptional,
  isStreamId,
  type Message,
  magic,
  maxControlBytes,
  maxTokenBytes,
  type Pong,
  type Refusal,
  readName,
  version,
} from './message.ts';
import { PayloadReader } from './payload.ts';

/** Magic and version as one number, and the letters of FRAM likewise. */
const start = ((magic[0] << 24) | (magic[1] << 16) | (magic[2] << 8) | version) >>> 0;
const frameType = 0x4652414d;

/**
 * Turns the bytes of one direction of wire 2 into messages, whatever pieces they come in.
 *
 * Holds one message, never more, and no more memory for it than bytes have come. After an error it
 * is of no further use.
 */
export class MessageDecoder {
  readonly #limits: FrameLimits;
  readonly #header = new Uint8Array(headerBytes);
  readonly #headerView = new DataView(this.#header.buffer);
  #headerFilled = 0;
  #type = '';
  #payload: GrowingBytes | undefined;
  /**
   * Bytes still to skip: of an optional message of an unknown type, or of a picture that is too
   * long.
   */
  #skip = 0;
  /** Bytes of the JPEG of the frame in hand, whether they are skipped or not. */
  #jpegBytes = 0;

  /**
   * Only a HELO may come: a sender that has not said its name gets neither memory nor work done.
   */
  #needsHello: boolean;

  /** @param needsHello whether a HELO has to come first */
  constructor(limits: FrameLimits, { needsHello = false } = {}) {
    this.#limits = limits;
    this.#needsHello = needsHello;
  }

  /** Whether a message has begun and not ended. */
  get isWithinMessage(): boolean {
    return this.#headerFilled > 0;
  }

  /**
   * The messages that `chunk` completes, and a `BadFrame` for each frame whose picture is rejected.
   * `chunk` may be reused afterwards.
   * @throws ProtocolError BAD_MESSAGE; FRAME_TOO_LONG for a message that is no frame
   */
  *decode(chunk: Uint8Array): Generator<Message | BadFrame, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerFilled < headerBytes) at += this.#takeHeader(chunk, at);
      else if (this.#payload?.isFull === false) at += this.#payload.take(chunk, at);
      else at += this.#takeSkipped(chunk.length - at);
      if (this.#headerFilled < headerBytes || this.#payload?.isFull === false || this.#skip > 0) continue;
      const bytes = this.#payload?.bytes;
      this.#payload = undefined;
      this.#headerFilled = 0;
      if (bytes === undefined) continue;
      yield this.#type === 'FRAM' ? this.#readFrame(bytes) : this.#read(bytes);
    }
  }

  #takeSkipped(available: number): number {
    const taken = Math.min(this.#skip, available);
    this.#skip -= taken;
    return taken;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(headerBytes - this.#headerFilled, chunk.length - at);
    this.#header.set(chunk.subarray(at, at + taken), this.#headerFilled);
    this.#headerFilled += taken;
    if (this.#headerFilled === headerBytes) this.#begin();
    return taken;
  }

  #begin(): void {
    // Most messages are frames: their header is known by two comparisons.
    const view = this.#headerView;
    if (!this.#needsHello && view.getUint32(0) === start && view.getUint32(4) === frameType) {
      this.#type = 'FRAM';
      this.#beginFrame(view.getUint32(8));
      return;
    }
    const header = this.#header;
    if (magic.some((byte, i) => header[i] !== byte)) {
      const found = Array.from(header.subarray(0, 3), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
      throw new ProtocolError('BAD_MESSAGE', `Cannot read a message as it must begin with ab 49 53: it is ${found}`);
    }
    if (header[3] !== version) {
      throw new ProtocolError(
        'BAD_MESSAGE',
        `Cannot read a message as its version must be ${version}: it is ${header[3]}`,
      );
    }
    const type = String.fromCharCode(...header.subarray(4, 8));
    if (!/^[A-Za-z][A-Za-z0-9]{3}$/.test(type)) {
      throw new ProtocolError('BAD_MESSAGE', 'Cannot read a message as its type must be four letters');
    }
    this.#type = type;
    if (type !== 'HELO' && this.#needsHello) {
      throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${type} before a HELO`);
    }
    const length = view.getUint32(8);
    const limit = isControl(type) ? maxControlBytes : this.#limits.maxFrameBytes;
    if (length > limit) {
      const message = `Cannot take a message ${type} as its length must be <= ${limit}: it is ${length}`;
      throw new ProtocolError('FRAME_TOO_LONG', message);
    }
    if (isControl(type)) this.#payload = new GrowingBytes(length);
    else if (isOptional(type)) this.#skip = length;
    else throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${type} as this version does not know it`);
  }

  /**
   * A JPEG that is too long is skipped. The fields before it are read, as they say which frame it
   * was.
   */
  #beginFrame(length: number): void {
    const jpegBytes = Math.max(0, length - frameFieldsBytes);
    this.#skip = jpegBytes > this.#limits.maxFrameBytes ? jpegBytes : 0;
    this.#jpegBytes = jpegBytes;
    this.#payload = new GrowingBytes(length - this.#skip);
  }

  #read(bytes: Uint8Array): Message {
    const reader = new PayloadReader(this.#type, bytes);
    switch (this.#type as Exclude<Message['type'], 'FRAM'>) {
      case 'HELO':
        return this.#readHello(reader);
      case 'WELC':
        return { type: 'WELC', keepAliveMs: reader.uint32(), sequence: reader.uint64() };
      case 'ACKN':
        return readAcknowledgement(reader);
      case 'skip':
        return { type: 'skip', sequence: reader.uint64(), ...readReason(reader, bytes.length - 8) };
      case 'ping':
        return { type: 'ping', sentUs: reader.uint64() };
      case 'pong':
        return readPong(reader);
      case 'FAIL':
        return { type: 'FAIL', ...readReason(reader, bytes.length) };
    }
  }

  #readHello(reader: PayloadReader): Hello {
    const hello = readHello(reader);
    this.#needsHello = false;
    return hello;
  }

  #readFrame(bytes: Uint8Array): FrameMessage | BadFrame {
    const reader = new PayloadReader(this.#type, bytes);
    const sequence = reader.uint64();
    if (sequence === 0) throw reader.fail('its sequence number must be 1 or more: it is 0');
    const capturedAtUs = reader.uint64();
    const capturedMonotonicUs = reader.uint64();
    const [width, height] = [reader.uint16(), reader.uint16()];
    const jpeg = reader.rest();
    try {
      checkJpegBytes(this.#jpegBytes, this.#limits);
      const size = readJpegSize(jpeg);
      if (size.width !== width || size.height !== height) {
        throw reader.fail(`it says ${width}x${height}, its JPEG ${size.width}x${size.height}`);
      }
      checkPictureSize(size, this.#limits);
    } catch (error) {
      if (error instanceof ProtocolError) return { type: 'bad frame', sequence, error };
      throw error;
    }
    return { type: 'FRAM', frame: { sequence, capturedAtUs, capturedMonotonicUs, width, height, jpeg } };
  }
}

const controls: readonly string[] = [
  'HELO',
  'WELC',
  'ACKN',
  'skip',
  'ping',
  'pong',
  'FAIL',
] satisfies Message['type'][];

function isControl(type: string): boolean {
  return controls.includes(type);
}

// Bytes behind the last field are skipped: later versions may put fields there.

function readHello(reader: PayloadReader): Hello {
  const stream = reader.text(reader.uint8());
  if (!isStreamId(stream)) throw reader.fail('its stream id must be 1 to 22 letters, digits and hyphens');
  const keepAliveMs = reader.uint32();
  const delivery = reader.uint8();
  if (delivery > 1) throw reader.fail(`its delivery must be 0 (latest) or 1 (every): it is ${delivery}`);
  const name = readName(reader.text(reader.uint8()));
  if (name === undefined)
    throw reader.fail('its name must be 1 to 64 bytes without control characters, with something to be seen');
  const tokenBytes = reader.uint16();
  if (tokenBytes > maxTokenBytes) throw reader.fail(`its token must be <= ${maxTokenBytes} bytes: it is ${tokenBytes}`);
  const token = reader.raw(tokenBytes);
  return { type: 'HELO', stream, keepAliveMs, delivery: delivery === 1 ? 'every' : 'latest', name, token };
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
function readReason(reader: PayloadReader, length: number): Pick<Refusal, 'code' | 'reason'> {
  const codeBytes = reader.uint8();
  const code = reader.text(codeBytes);
  if (!/^[A-Z][A-Z0-9_]*$/.test(code)) throw reader.fail('its code must be capital letters, digits and underscores');
  // The reason goes into a log.
  const reason = replaceUnprintable(reader.text(length - 1 - codeBytes));
  return { code, reason };
}
