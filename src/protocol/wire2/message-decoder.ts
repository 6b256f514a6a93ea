import { asProtocolError, ProtocolError } from '../errors.ts';
import { checkJpegBytes, checkPictureSize, type FrameLimits } from '../frame.ts';
import { GrowingBytes } from '../growing-bytes.ts';
import { readJpegSize } from '../jpeg/jpeg-head.ts';
import { type ControlMessage, isControl, readControl } from './control-messages.ts';
import {
  type BadFrame,
  type FrameMessage,
  frameFieldsBytes,
  headerBytes,
  isOpening,
  isOptional,
  type Message,
  magic,
  maxControlBytes,
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
  /** Bytes of the JPEG of the current frame, whether they are skipped or not. */
  #jpegBytes = 0;

  /**
   * Only a HELO or a JOIN may come: a sender that has not said its name gets neither memory nor
   * work done.
   */
  #needsHello: boolean;

  /** @param needsHello whether a HELO or a JOIN has to come first */
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
      yield this.#type === 'FRAM' ? this.#readFrame(bytes) : this.#readControl(bytes);
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
    if (!isOpening(type) && this.#needsHello) {
      throw new ProtocolError('BAD_MESSAGE', `Cannot accept a message ${type} before a HELO`);
    }
    const length = view.getUint32(8);
    const limit = isControl(type) ? maxControlBytes : this.#limits.maxFrameBytes;
    if (length > limit) {
      const message = `Cannot accept a message ${type} as its length must be <= ${limit}: it is ${length}`;
      throw new ProtocolError('FRAME_TOO_LONG', message);
    }
    if (isControl(type)) this.#payload = new GrowingBytes(length);
    else if (isOptional(type)) this.#skip = length;
    else throw new ProtocolError('BAD_MESSAGE', `Cannot accept a message ${type} as this version does not know it`);
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

  #readControl(bytes: Uint8Array): ControlMessage {
    const message = readControl(this.#type as ControlMessage['type'], bytes);
    if (isOpening(message.type)) this.#needsHello = false;
    return message;
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
      return { type: 'bad frame', sequence, error: asProtocolError(error) };
    }
    return { type: 'FRAM', frame: { sequence, capturedAtUs, capturedMonotonicUs, width, height, jpeg } };
  }
}
