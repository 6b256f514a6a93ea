import { Base64Decoder } from './base64.ts';
import { fieldBytes, parseMarkedTime, readField, type StreamMark } from './classic-field.ts';
import { ProtocolError } from './errors.ts';
import { checkPictureSize, type Frame, type FrameLimits } from './frame.ts';
import { readJpegSize } from './jpeg-head.ts';
import { magic } from './message.ts';

/** A frame of the classic wire, with the mark of a sender that knows wire 2. */
export interface ClassicFrame extends Frame {
  readonly mark: StreamMark | undefined;
}

/**
 * Turns the bytes of one classic connection into frames, whatever pieces they come in.
 *
 * Holds one field of 64 bytes and the picture in hand, never more. After an error it is of no further use: a stream without
 * marks cannot be picked up again.
 */
export class ClassicDecoder {
  readonly #limits: FrameLimits;
  readonly #field = new Uint8Array(fieldBytes);
  #fieldFilled = 0;
  #body: Base64Decoder | undefined;
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
    return this.#fieldFilled > 0 || this.#body !== undefined;
  }

  /**
   * The frames that `chunk` completes. `chunk` may be reused afterwards.
   *
   * Returns how many of its bytes are of this wire: fewer than there are where a message of wire 2 follows a frame.
   * @throws ProtocolError BAD_LENGTH, FRAME_TOO_LONG, BAD_BASE64, NOT_JPEG, PICTURE_TOO_LARGE, BAD_TIME
   */
  *decode(chunk: Uint8Array): Generator<ClassicFrame, number, undefined> {
    let at = 0;
    while (at < chunk.length && (this.isWithinFrame || chunk[at] !== magic[0])) {
      const body = this.#body;
      if (body !== undefined && body.remaining > 0) {
        const end = Math.min(chunk.length, at + body.remaining);
        if (!body.decode(chunk, at, end))
          throw notBase64('it has a character outside A-Z a-z 0-9 + / or a misplaced =');
        at = end;
        continue;
      }
      const end = Math.min(chunk.length, at + fieldBytes - this.#fieldFilled);
      this.#field.set(chunk.subarray(at, end), this.#fieldFilled);
      this.#fieldFilled += end - at;
      at = end;
      if (this.#fieldFilled < fieldBytes) return at;
      this.#fieldFilled = 0;
      if (body === undefined) {
        this.#body = new Base64Decoder(this.#readLength());
        this.#hasHeader = true;
      } else {
        this.#body = undefined;
        yield this.#finishFrame(body.bytes);
      }
    }
    return at;
  }

  #readLength(): number {
    const text = readField(this.#field);
    const length = /^\d+$/.test(text) ? Number(text) : 0;
    if (length === 0) {
      const isTls = this.#field[0] === 0x16 && this.#field[1] === 0x03;
      const hint = isTls ? '; it begins as TLS does, which --tls takes' : '';
      throw new ProtocolError(
        'BAD_LENGTH',
        `Cannot read the length of a frame as it must be digits and above 0: it is '${text.slice(0, 24)}'${hint}`,
      );
    }
    const limit = this.#limits.maxFrameBytes;
    if (length > limit) {
      throw new ProtocolError(
        'FRAME_TOO_LONG',
        `Cannot take a frame as its length must be <= ${limit}: it is ${length}`,
      );
    }
    if (length % 4 !== 0) throw notBase64(`its length must be a multiple of 4: it is ${length}`);
    return length;
  }

  #finishFrame(jpeg: Uint8Array): ClassicFrame {
    const size = readJpegSize(jpeg);
    checkPictureSize(size, this.#limits);
    return { jpeg, ...size, ...parseMarkedTime(this.#field) };
  }
}

function notBase64(reason: string): ProtocolError {
  return new ProtocolError('BAD_BASE64', `Cannot read the body of a frame as it must be base64: ${reason}`);
}
