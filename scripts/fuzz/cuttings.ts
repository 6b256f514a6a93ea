import type { Random } from './random.ts';

/** The lengths of the pieces in which an input comes, again and again from the first. */
type Cutting = readonly number[];

const fixed = [1, 2, 3, 5, 17, 64, 1000, 4096] as const;
/** No input comes in many more pieces: each costs a little. */
const maxPieces = { mostly: 2 ** 11, all: 2 ** 15 } as const;

/**
 * Ways to cut an input: as one piece first, and then one other, or many.
 * @param cuts where parts of the input begin; some cuttings are near to these
 */
export function* chooseCuttings(
  bytes: number,
  cuts: () => readonly number[],
  random: Random,
  all: boolean,
): Generator<Cutting> {
  yield [Math.max(1, bytes)];
  if (!all) {
    yield pickCutting(bytes, cuts, random);
    return;
  }
  for (const length of fixed) if (length >= bytes / maxPieces.all) yield [length];
  for (let i = 0; i < 4; i++) yield pickCutting(bytes, cuts, random);
}

function pickCutting(bytes: number, cuts: () => readonly number[], random: Random): Cutting {
  const min = Math.ceil((bytes + 1) / maxPieces.mostly);
  switch (random.below(4)) {
    case 0:
      return [Math.max(min, random.pick(fixed))];
    case 1:
      return [random.between(1, Math.max(1, bytes)), bytes + 1];
    case 2:
      return Array.from({ length: random.between(1, 8) }, () => random.between(min, Math.max(min, bytes >> 1)));
    default:
      return cutNear(cuts(), bytes, random);
  }
}

/** Cuts at the parts of the input, or a byte before or behind. */
function cutNear(cuts: readonly number[], bytes: number, random: Random): Cutting {
  const lengths: number[] = [];
  let at = 0;
  for (const cut of cuts) {
    const next = Math.min(bytes, cut + random.between(-1, 1));
    if (next <= at) continue;
    lengths.push(next - at);
    at = next;
  }
  return [...lengths, bytes + 1];
}

/** The pieces of the input, each in memory of its own, as chunks of a socket are. */
export function* cut(input: Uint8Array, cutting: Cutting): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0, i = 0; at < input.length; i++) {
    const end = Math.min(input.length, at + (cutting[i % cutting.length] as number));
    yield new Uint8Array(input.subarray(at, end));
    at = end;
  }
}
