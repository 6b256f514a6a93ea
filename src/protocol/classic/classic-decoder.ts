import { asProtocolError, ProtocolError } from '../errors.ts';
import { checkJpegBytes, checkPictureSize, type Frame, type FrameLimits, frameTooLong } from '../frame.ts';
import { readJpegSize } from '../jpeg/jpeg-head.ts';
import { type BadFrame, magic } from '../wire2/message.ts';
import { Base64Decoder } from './base64.ts';
import { fieldBytes, parseMarkedTime, readField, type StreamMark } from './classic-field.ts';

/**
 * A frame over the limit is skipped, up to this length, which is the longest of a message of wire
 * 2.
 */
const maxSkippedLength = 0xffffffff;

/** A frame of the classic wire, with the mark of a sender that uses wire 2. */
export interface ClassicFrame extends Frame {
  readonly mark: StreamMark | undefined;
}

/**
 * Turns the bytes of one classic connection into frames, whatever pieces they come in.
 *
 * Holds one field of 64 bytes and the current picture, never more. After an error it is of no
 * further use: nothing in the stream shows where the next frame begins.
 */
export class ClassicDecoder {
  readonly #limits: FrameLimits;
  readonly #field = new Uint8Array(fieldBytes);
  #fieldFilled = 0;
  #body: Base64Decoder | undefined;
  /** Characters still to come of a body that is too long. */
  #skip = 0;
  #excess: ProtocolError | undefined;
  #hasHeader = false;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** Whether a length field has come: the other end speaks this wire. */
  get hasHeader(): boolean {
    return this.#hasHeader;
  }

  /** Whether a frame has begun and not ended. */
  get isWithinFrame(): boolean {
    return this.#fieldFilled > 0 || this.#body !== undefined || this.#excess !== undefined;
  }

  /**
   * The frames that `chunk` completes, and a `BadFrame` for each frame whose picture is rejected.
   * `chunk` may be reused afterwards.
   *
   * Returns how many of its bytes are of this wire: fewer than there are where a message of wire 2
   * follows a frame.
   * @throws ProtocolError BAD_LENGTH, FRAME_TOO_LONG where it cannot be skipped, BAD_BASE64,
   * BAD_TIME
   */
  *decode(chunk: Uint8Array): Generator<ClassicFrame | BadFrame, number, undefined> {
    let at = 0;
    while (at < chunk.length && (this.isWithinFrame || chunk[at] !== magic[0])) {
      const bodyEnd = this.#takeBody(chunk, at);
      const end = Math.min(chunk.length, bodyEnd + fieldBytes - this.#fieldFilled);
      this.#field.set(chunk.subarray(bodyEnd, end), this.#fieldFilled);
      this.#fieldFilled += end - bodyEnd;
      at = end;
      if (this.#fieldFilled < fieldBytes) return at;
      this.#fieldFilled = 0;
      const frame = this.#takeField();
      if (frame !== undefined) yield frame;
    }
    return at;
  }

  /** Takes the part of the body that is there. Returns where it ends. */
  #takeBody(chunk: Uint8Array, at: number): number {
    const remaining = this.#body?.remaining ?? this.#skip;
    const end = Math.min(chunk.length, at + remaining);
    if (this.#body === undefined) this.#skip -= end - at;
    else if (!this.#body.decode(chunk, at, end)) {
      throw notBase64('it has a character outside A-Z a-z 0-9 + / or a misplaced =');
    }
    return end;
  }

  /** A field is whole: a length, or the time with which a frame ends. */
  #takeField(): ClassicFrame | BadFrame | undefined {
    const body = this.#body;
    const excess = this.#excess;
    this.#body = undefined;
    this.#excess = undefined;
    if (body !== undefined) return this.#finishFrame(body.bytes);
    if (excess !== undefined) return this.#reject(excess);
    this.#begin(this.#readLength());
    this.#hasHeader = true;
    return undefined;
  }

  #readLength(): number {
    const text = readField(this.#field);
    const length = /^\d+$/.test(text) ? Number(text) : 0;
    if (length === 0) {
      if (this.#field[0] === 0x16 && this.#field[1] === 0x03) {
        const advice = 'start this receiver with --tls, or the sender without --tls-pin, --tls and --tls-ca';
        throw new ProtocolError('BAD_LENGTH', `Cannot accept a sender that begins with TLS: ${advice}`);
      }
      throw new ProtocolError(
        'BAD_LENGTH',
        `Cannot read the length of a frame as it must be digits and above 0: it is '${text.slice(0, 24)}'`,
      );
    }
    if (length % 4 !== 0) throw notBase64(`its length must be a multiple of 4: it is ${length}`);
    return length;
  }

  #begin(length: number): void {
    const { maxFrameBytes } = this.#limits;
    // Up to two characters may be padding: only the end of the body shows that.
    const minBytes = (length / 4) * 3 - 2;
    if (minBytes <= maxFrameBytes) {
      this.#body = new Base64Decoder(length);
      return;
    }
    this.#excess = frameTooLong(`<= ${maxFrameBytes} bytes: it has at least ${minBytes}`);
    if (length > maxSkippedLength) throw this.#excess;
    this.#skip = length;
  }

  #finishFrame(jpeg: Uint8Array): ClassicFrame | BadFrame {
    const times = parseMarkedTime(this.#field);
    try {
      checkJpegBytes(jpeg.length, this.#limits);
      const size = readJpegSize(jpeg);
      checkPictureSize(size, this.#limits);
      return { jpeg, ...size, ...times };
    } catch (error) {
      return this.#reject(asProtocolError(error));
    }
  }

  /** @throws ProtocolError BAD_TIME */
  #reject(error: ProtocolError): BadFrame {
    const { mark } = parseMarkedTime(this.#field);
    return { type: 'bad frame', sequence: undefined, ...mark, error };
  }
}

function notBase64(reason: string): ProtocolError {
  return new ProtocolError('BAD_BASE64', `Cannot read the body of a frame as it must be base64: ${reason}`);
}
