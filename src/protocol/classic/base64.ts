// Standard base64 (RFC 4648, section 4) on bytes. Decoding goes piece by piece, straight from the
// network's chunks into the picture, so that a body is never held twice. It is strict: the decoders
// of the runtimes skip characters that they do not know.
import { GrowingBytes } from '../growing-bytes.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const padding = 0x3d;
const invalid = 0xff;

const encodeTable = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
const decodeTable = new Uint8Array(256).fill(invalid);
encodeTable.forEach((character, value) => {
  decodeTable[character] = value;
});

/** Characters of base64 for that many bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Writes `bytes` as base64 into `target` from `offset` on. */
export function encodeBase64(bytes: Uint8Array, target: Uint8Array, offset: number): void {
  const table = encodeTable;
  const whole = bytes.length - (bytes.length % 3);
  let at = offset;
  let i = 0;
  for (; i < whole; i += 3) {
    const triple = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    target[at] = table[triple >> 18] as number;
    target[at + 1] = table[(triple >> 12) & 63] as number;
    target[at + 2] = table[(triple >> 6) & 63] as number;
    target[at + 3] = table[triple & 63] as number;
    at += 4;
  }
  const rest = bytes.length - whole;
  if (rest === 0) return;
  const triple = ((bytes[i] as number) << 16) | ((rest === 2 ? (bytes[i + 1] as number) : 0) << 8);
  target[at] = table[triple >> 18] as number;
  target[at + 1] = table[(triple >> 12) & 63] as number;
  target[at + 2] = rest === 2 ? (table[(triple >> 6) & 63] as number) : padding;
  target[at + 3] = padding;
}

/** Decodes one base64 text that comes in pieces of any size. */
export class Base64Decoder {
  readonly #result: GrowingBytes;
  #remaining: number;
  /** Characters of the group of four that a piece left unfinished. */
  readonly #group = new Uint8Array(4);
  #grouped = 0;
  #ended = false;

  /** @param length characters of the whole text, a multiple of four */
  constructor(length: number) {
    this.#remaining = length;
    this.#result = new GrowingBytes((length / 4) * 3);
  }

  /** Characters still to come. */
  get remaining(): number {
    return this.#remaining;
  }

  /** The bytes, once `remaining` is 0. */
  get bytes(): Uint8Array {
    return this.#result.bytes;
  }

  /**
   * Takes `chunk` from `start` to `end`, at most `remaining` characters. False when a character
   * does not belong to base64.
   */
  decode(chunk: Uint8Array, start: number, end: number): boolean {
    this.#remaining -= end - start;
    this.#result.reserve(this.#result.written + end - start);
    let at = start;
    while (this.#grouped > 0 && at < end) {
      if (!this.#decodeOne(chunk[at++] as number)) return false;
    }
    const wholeEnd = this.#ended ? at : end - ((end - at) % 4);
    const stopped = this.#decodeGroups(chunk, at, wholeEnd);
    for (at = stopped; at < end; at++) {
      if (!this.#decodeOne(chunk[at] as number)) return false;
    }
    return true;
  }

  /**
   * Decodes whole groups without padding, which is fast. Returns where it stopped: at the end, or
   * at the first other group.
   */
  #decodeGroups(chunk: Uint8Array, start: number, end: number): number {
    const table = decodeTable;
    const bytes = this.#result.buffer;
    let { written } = this.#result;
    let at = start;
    for (; at < end; at += 4) {
      const a = table[chunk[at] as number] as number;
      const b = table[chunk[at + 1] as number] as number;
      const c = table[chunk[at + 2] as number] as number;
      const d = table[chunk[at + 3] as number] as number;
      if ((a | b | c | d) > 63) break;
      bytes[written] = (a << 2) | (b >> 4);
      bytes[written + 1] = (b << 4) | (c >> 2);
      bytes[written + 2] = (c << 6) | d;
      written += 3;
    }
    this.#result.written = written;
    return at;
  }

  #decodeOne(character: number): boolean {
    if (this.#ended) return false;
    this.#group[this.#grouped++] = character;
    if (this.#grouped < 4) return true;
    this.#grouped = 0;
    return this.#decodeGroup();
  }

  #decodeGroup(): boolean {
    const [first, second, third, fourth] = this.#group as unknown as [number, number, number, number];
    const pads = fourth !== padding ? 0 : third !== padding ? 1 : 2;
    const a = decodeTable[first] as number;
    const b = decodeTable[second] as number;
    const c = pads === 2 ? 0 : (decodeTable[third] as number);
    const d = pads > 0 ? 0 : (decodeTable[fourth] as number);
    if ((a | b | c | d) > 63) return false;
    // Bits under the padding belong to no byte and must be zero, so that each picture has only one
    // text.
    if ((pads === 1 && (c & 3) !== 0) || (pads === 2 && (b & 15) !== 0)) return false;
    const triple = (a << 18) | (b << 12) | (c << 6) | d;
    const { buffer } = this.#result;
    for (let i = 0; i < 3 - pads; i++) buffer[this.#result.written++] = (triple >> (16 - 8 * i)) & 0xff;
    this.#ended = pads > 0;
    return true;
  }
}
