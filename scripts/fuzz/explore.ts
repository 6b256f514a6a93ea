import { readCpuMs } from './cpu-time.ts';
import { measureHeld } from './held.ts';
import { mutate } from './mutate.ts';
import { InputPool } from './pool.ts';
import { Random } from './random.ts';
import { emptyStats, type TargetStats } from './stats.ts';
import { defaultMaxMsPerMb, Failure, type Outcome, type Target } from './target.ts';

/** For an input of any length: a collection of garbage is not its fault. */
const defaultBaseMs = 60;
/** So much more for each piece of a stream. */
const pieceMs = 0.02;
/** Shorter pieces and inputs say more about the calls and the clock than about the decoder. */
const minMeasured = { pieceBytes: 500, bytes: 16_384 } as const;
/** The memory of a decoder is measured once in so many inputs, as each measurement collects all garbage. */
const holdEvery = 1000;
const mebibyte = 2 ** 20;

export interface Failed {
  readonly input: Uint8Array;
  readonly message: string;
}

/** Gives mutated inputs to a target, one after another. */
export class Explorer {
  readonly #target: Target;
  readonly #random: Random;
  readonly #pool: InputPool;
  readonly stats: TargetStats = emptyStats();

  constructor(target: Target, seed: string) {
    this.#target = target;
    this.#random = new Random(seed);
    this.#pool = new InputPool(target, this.#random);
  }

  /** The next input: a good one now and then, mostly a changed one. */
  next(): Uint8Array {
    const input = this.#pool.pick();
    return this.#random.oneIn(20) ? input : mutate(input, this.#pool.pick(), this.#target.structure, this.#random);
  }

  /** Checks it. Undefined: all is well. */
  async try(input: Uint8Array): Promise<Failed | undefined> {
    const { stats } = this;
    try {
      const outcome = await this.#time(input);
      stats.inputs++;
      stats.bytes += outcome.bytes;
      stats.outcomes = this.#pool.outcomes;
      if (outcome.code !== undefined) stats.codes[outcome.code] = (stats.codes[outcome.code] ?? 0) + 1;
      this.#pool.offer(input, outcome.signature);
      if (stats.inputs % holdEvery === 0) this.#hold(input);
      return undefined;
    } catch (error) {
      stats.inputs++;
      return { input, message: describe(error) };
    }
  }

  /** @throws Failure where it takes too long, also when it is tried alone */
  async #time(input: Uint8Array): Promise<Outcome> {
    let bestMs = Number.POSITIVE_INFINITY;
    // The same chunks each time.
    const seed = this.#random.uint32();
    for (let tries = 0; ; tries++) {
      const startedMs = readCpuMs();
      const checking = this.#target.check(input, new Random(seed), false);
      const outcome = checking instanceof Promise ? await checking : checking;
      bestMs = Math.min(bestMs, readCpuMs() - startedMs);
      const { bytes, pieces = 1 } = outcome;
      const msPerMb = bestMs / (bytes / 1e6);
      const isTooLong = bestMs > maxMsFor(this.#target, outcome);
      const isMeasured = bytes >= minMeasured.bytes && bytes >= pieces * minMeasured.pieceBytes;
      const isRecord = isMeasured && msPerMb > this.stats.slowestMsPerMb;
      if (isTooLong && tries >= 4) {
        throw new Failure(`it takes ${bestMs.toFixed(0)} ms of a processor for ${input.length} bytes, alone too`);
      }
      if (!isTooLong && !(isRecord && tries < 2)) {
        if (isRecord) this.stats.slowestMsPerMb = msPerMb;
        return outcome;
      }
    }
  }

  /** @throws Failure where the decoder holds too much */
  #hold(input: Uint8Array): void {
    const { hold } = this.#target;
    if (hold === undefined || input.length === 0) return;
    const held = measureHeld(hold, this.#random.oneIn(2) ? repeatTo(input, mebibyte) : input);
    this.stats.held = Math.max(this.stats.held ?? 0, held);
  }
}

/** The longest that a check may take: milliseconds of a processor. */
export function maxMsFor(
  { baseMs = defaultBaseMs, maxMsPerMb = defaultMaxMsPerMb }: Target,
  { bytes, pieces = 1 }: Outcome,
): number {
  return baseMs + (bytes / 1e6) * maxMsPerMb + pieces * pieceMs;
}

function repeatTo(input: Uint8Array, bytes: number): Uint8Array {
  const long = new Uint8Array(Math.ceil(bytes / input.length) * input.length);
  for (let at = 0; at < long.length; at += input.length) long.set(input, at);
  return long;
}

export function describe(error: unknown): string {
  if (error instanceof Failure) return error.message;
  return error instanceof Error ? `${error.stack}` : String(error);
}
