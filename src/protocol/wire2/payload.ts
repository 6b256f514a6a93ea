import { ProtocolError } from '../errors.ts';

// Numbers are big-endian. Numbers of 64 bits stay below 2^53, where JavaScript is exact: that is
// 285 years in microseconds.

/** This value stands for a number that is not known. */
const unknown64 = -(2n ** 63n);

/** Writes the fields of a message one after another. */
export class PayloadWriter {
  readonly #target: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(target: Uint8Array, at: number) {
    this.#target = target;
    this.#view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    this.#at = at;
  }

  /** The target as far as it is written. */
  get bytes(): Uint8Array {
    return this.#target.subarray(0, this.#at);
  }

  uint8(value: number): void {
    this.#view.setUint8(this.#at, checkRange(value, 0xff));
    this.#at += 1;
  }

  uint16(value: number): void {
    this.#view.setUint16(this.#at, checkRange(value, 0xffff));
    this.#at += 2;
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#at, checkRange(value, 0xffffffff));
    this.#at += 4;
  }

  uint64(value: number): void {
    this.#view.setBigUint64(this.#at, BigInt(checkRange(value, Number.MAX_SAFE_INTEGER)));
    this.#at += 8;
  }

  /** Undefined stands for a number that is not known. */
  int64(value: number | undefined): void {
    this.#view.setBigInt64(this.#at, value === undefined ? unknown64 : BigInt(Math.round(value)));
    this.#at += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#target.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

/**
 * Reads the fields of a message one after another. Each read fails with BAD_MESSAGE where the
 * payload ends too early.
 */
export class PayloadReader {
  readonly #type: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(type: string, bytes: Uint8Array) {
    this.#type = type;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  uint64(): number {
    const value = this.#view.getBigUint64(this.#advance(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.fail(`it holds a number above 2^53 - 1: ${value}`);
    return Number(value);
  }

  int64(): number | undefined {
    const value = this.#view.getBigInt64(this.#advance(8));
    if (value === unknown64) return undefined;
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw this.fail(`it holds a number beyond 2^53 - 1: ${value}`);
    }
    return Number(value);
  }

  raw(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#at);
  }

  /** UTF-8. */
  text(length: number): string {
    const bytes = this.raw(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.fail('it holds text that is not UTF-8');
    }
  }

  fail(reason: string): ProtocolError {
    return new ProtocolError('BAD_MESSAGE', `Cannot read a message ${this.#type}: ${reason}`);
  }

  #advance(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw this.fail(`it ends after ${this.#bytes.length} bytes, within a field`);
    this.#at += bytes;
    return at;
  }
}

function checkRange(value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`Cannot write a number as it must be whole and from 0 to ${max}: it is ${value}`);
}
