import { readCpuMs } from './cpu-time.ts';
import { describe, maxMsFor } from './explore.ts';
import { measureHeld } from './held.ts';
import { hashBytes, Random } from './random.ts';
import { Failure, type Target } from './target.ts';

/** Tries of an input that takes long. */
const tries = 3;

/** Tries an input in all ways. Gives the failure; undefined: the program takes it as it must. */
export async function checkAlone(target: Target, input: Uint8Array): Promise<string | undefined> {
  try {
    let bestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; ; i++) {
      const startedMs = readCpuMs();
      const outcome = await target.check(input, new Random(hashBytes(input)), true);
      bestMs = Math.min(bestMs, readCpuMs() - startedMs);
      if (bestMs <= maxMsFor(target, outcome)) break;
      if (i === tries) throw new Failure(`it takes ${bestMs.toFixed(0)} ms of a processor for ${input.length} bytes`);
    }
    if (target.hold !== undefined) measureHeld(target.hold, input);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}
