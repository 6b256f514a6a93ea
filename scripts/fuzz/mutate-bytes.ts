// Changes of bytes that know nothing about them, but that numbers and lengths are among them.
import { joinBytes } from '../../src/protocol/byte-pieces.ts';
import type { Random } from './random.ts';

/** A changed copy. The bytes have at least one byte. */
export type Mutator = (bytes: Uint8Array, random: Random) => Uint8Array;

/** The numbers at which limits, signs and widths end. */
const extremes = [
  0,
  1,
  2,
  3,
  7,
  8,
  11,
  12,
  28,
  63,
  64,
  65,
  127,
  128,
  255,
  256,
  511,
  1024,
  1025,
  4095,
  4096,
  32_767,
  32_768,
  65_535,
  65_536,
  2 ** 20,
  16_000_000,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 48,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
] as const;
const decimals = ['-1', '+1', '1e9', '0x10', '00', '4.0', '9'.repeat(20), '9'.repeat(400), ''] as const;

/** Puts `inserted` in the place of the bytes from `from` to `to`. */
export function replaceRange(bytes: Uint8Array, from: number, to: number, inserted: Uint8Array): Uint8Array {
  return joinBytes([bytes.subarray(0, from), inserted, bytes.subarray(to)]);
}

/** Writes an extreme number of 1 to 8 bytes over the bytes from `at` on, with either byte first. */
export function writeExtreme(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const width = random.pick([1, 2, 2, 3, 4, 4, 6, 8]);
  let rest = BigInt(random.pick(extremes)) + BigInt(random.between(-1, 1));
  const number = new Uint8Array(width);
  for (let i = width - 1; i >= 0; i--, rest >>= 8n) number[i] = Number(rest & 0xffn);
  return replaceRange(bytes, at, at + width, random.oneIn(4) ? number.reverse() : number);
}

/** Writes another number in the place of a run of digits. */
const replaceDecimal: Mutator = (bytes, random) => {
  const isDigit = (at: number) => (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39;
  let from = random.below(bytes.length);
  while (from < bytes.length && !isDigit(from)) from++;
  let to = from;
  while (isDigit(to)) to++;
  const text = random.oneIn(3) ? random.pick(decimals) : String(random.pick(extremes));
  // Text of a field of a fixed width keeps that width mostly.
  return replaceRange(bytes, from, random.oneIn(3) ? to : from + text.length, new TextEncoder().encode(text));
};

const change = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = bytes.slice();
  changed[at] = value;
  return changed;
};

/** A short range, or now and then one of any length. */
function pickRange(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length);
  const length = random.oneIn(4) ? random.below(bytes.length) : random.between(1, 8);
  return [from, Math.min(bytes.length, from + length)];
}

export const byteMutators: readonly Mutator[] = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    return change(bytes, at, (bytes[at] as number) ^ (1 << random.below(8)));
  },
  (bytes, random) => change(bytes, random.below(bytes.length), random.uint32() & 0xff),
  (bytes, random) => change(bytes, random.below(bytes.length), random.pick([0, 0x20, 0x7f, 0x80, 0xff])),
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaceRange(bytes, at, at, random.bytes(random.between(1, 9)));
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaceRange(bytes, at, at, new Uint8Array(random.between(1, 300)).fill(random.pick([0, 0x20, 0xff])));
  },
  (bytes, random) => replaceRange(bytes, ...pickRange(bytes, random), new Uint8Array()),
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => bytes.slice(random.below(bytes.length)),
  (bytes, random) => {
    const [from, to] = pickRange(bytes, random);
    const at = random.below(bytes.length);
    return replaceRange(bytes, at, at, bytes.subarray(from, to));
  },
  (bytes, random) => bytes.slice().fill(random.pick([0, 0xff, 0x41]), ...pickRange(bytes, random)),
  (bytes, random) => writeExtreme(bytes, random.below(bytes.length), random),
  replaceDecimal,
];
