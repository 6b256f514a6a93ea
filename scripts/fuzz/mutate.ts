import { joinBytes } from '../../src/protocol/byte-pieces.ts';
import { byteMutators, type Mutator, replaceRange, writeExtreme } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** The facts about a format by which its bytes are changed so that a decoder gets far into them. */
export interface Structure {
  /** Where parts begin, such as messages, segments, elements or lines: positions in rising order. */
  cuts(bytes: Uint8Array): number[];
  /** Magic numbers, markers and words. */
  readonly tokens: readonly Uint8Array[];
}

/** Inputs are no longer, but for one in some thousands. */
const maxBytes = 2 ** 16;
const maxLargeBytes = 2 ** 20;
/** Lengths and types are so near to the beginning of a part. */
const nearBytes = 20;

/** Changes that keep some parts whole. @param other another input, for splicing */
function partMutators({ cuts, tokens }: Structure, other: Uint8Array): readonly Mutator[] {
  const places = (bytes: Uint8Array) => [0, ...cuts(bytes), bytes.length].filter((at) => at <= bytes.length);
  const pickPart = (bytes: Uint8Array, random: Random): [from: number, to: number] => {
    const found = places(bytes);
    const i = random.below(found.length - 1);
    return [found[i] as number, found[i + 1] as number];
  };
  const near = (bytes: Uint8Array, random: Random): number =>
    Math.min(bytes.length, random.pick(places(bytes)) + random.below(nearBytes));
  const token = (random: Random): Uint8Array => (tokens.length === 0 ? random.bytes(2) : random.pick(tokens));
  return [
    (bytes, random) => replaceRange(bytes, ...pickPart(bytes, random), new Uint8Array()),
    (bytes, random) => {
      const [from, to] = pickPart(bytes, random);
      return replaceRange(bytes, to, to, bytes.subarray(from, to));
    },
    (bytes, random) => {
      const [[a, b], [c, d]] = [pickPart(bytes, random), pickPart(bytes, random)].sort(([one], [two]) => one - two) as [
        [number, number],
        [number, number],
      ];
      if (b > c) return bytes;
      const parts = [
        [0, a],
        [c, d],
        [b, c],
        [a, b],
        [d, bytes.length],
      ] as const;
      return joinBytes(parts.map(([from, to]) => bytes.subarray(from, to)));
    },
    (bytes, random) => {
      const at = random.pick(places(bytes));
      return replaceRange(bytes, at, at, other.subarray(...pickPart(other, random)));
    },
    (bytes, random) => joinBytes([bytes.subarray(0, random.pick(places(bytes))), other]),
    (bytes, random) => writeExtreme(bytes, near(bytes, random), random),
    (bytes, random) => writeExtreme(bytes, near(bytes, random), random),
    (bytes, random) => bytes.slice(0, near(bytes, random)),
    (bytes, random) => {
      const at = near(bytes, random);
      return replaceRange(bytes, at, at, token(random));
    },
    (bytes, random) => {
      const [at, inserted] = [random.below(bytes.length), token(random)];
      return replaceRange(bytes, at, at + inserted.length, inserted);
    },
  ];
}

/** One part, or a few bytes, again and again: work that is not in proportion to the bytes shows here. */
const grow: Mutator = (bytes, random) => {
  const from = random.below(bytes.length);
  const part = bytes.subarray(from, from + random.pick([1, 2, 4, 40, 4000]));
  const length = random.pick([2 ** 12, 2 ** 14, 2 ** 16, maxLargeBytes]);
  const run = new Uint8Array(Math.ceil(length / part.length) * part.length);
  for (let at = 0; at < run.length; at += part.length) run.set(part, at);
  return replaceRange(bytes, from, from, run).subarray(0, maxLargeBytes);
};

/** The input after one to six changes. @param other another input of the same target, for splicing */
export function mutate(input: Uint8Array, other: Uint8Array, structure: Structure, random: Random): Uint8Array {
  const parts = partMutators(structure, other.length === 0 ? Uint8Array.of(0) : other);
  let bytes = input;
  for (let left = random.pick([1, 1, 1, 2, 2, 3, 4, 6]); left > 0; left--) {
    if (bytes.length === 0) bytes = Uint8Array.of(random.below(256));
    bytes = random.pick(random.oneIn(2) ? parts : byteMutators)(bytes, random);
    if (bytes.length > maxBytes) bytes = bytes.subarray(0, maxBytes);
  }
  return bytes.length > 0 && random.oneIn(2000) ? grow(bytes, random) : bytes;
}
