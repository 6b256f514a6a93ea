import type { Random } from './random.ts';
import type { Target } from './target.ts';

/** Inputs that are kept, besides new seeds. */
const maxInputs = 400;
const maxSeeds = 64;
/** Inputs that are worth more runs are short. */
const maxBytes = 2 ** 14;

/** Inputs that had an outcome which no input before them had. */
export class InputPool {
  readonly #target: Target;
  readonly #random: Random;
  readonly #seeds: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #signatures = new Set<string>();

  constructor(target: Target, random: Random) {
    this.#target = target;
    this.#random = random;
  }

  /** A good stream, or an input that was kept. */
  pick(): Uint8Array {
    return this.#inputs.length === 0 || this.#random.oneIn(3) ? this.seed() : this.#random.pick(this.#inputs);
  }

  /** A good stream: mostly one that came before, as making one takes as long as decoding it. */
  seed(): Uint8Array {
    if (this.#seeds.length > 0 && !this.#random.oneIn(8)) return this.#random.pick(this.#seeds);
    const seed = this.#target.seed(this.#random);
    if (this.#seeds.length < maxSeeds) this.#seeds.push(seed);
    else this.#seeds[this.#random.below(maxSeeds)] = seed;
    return seed;
  }

  /** Keeps the input if its outcome is new. */
  offer(input: Uint8Array, signature: string): void {
    if (this.#signatures.has(signature) || input.length > maxBytes) return;
    if (this.#signatures.size < 100_000) this.#signatures.add(signature);
    if (this.#inputs.length < maxInputs) this.#inputs.push(input);
    else this.#inputs[this.#random.below(maxInputs)] = input;
  }

  /** Kinds of outcomes so far. */
  get outcomes(): number {
    return this.#signatures.size;
  }
}
