import { replaceRange } from './mutate-bytes.ts';

/** Tries are no more than this: some take a second. */
const defaultTries = 2000;

/**
 * A smaller input that fails too: without halves, quarters and so on of its bytes, and with zeros for the bytes that
 * do not matter.
 */
export async function shrink(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
  maxTries = defaultTries,
): Promise<Uint8Array> {
  let best = input;
  let tries = 0;
  const attempt = async (candidate: Uint8Array): Promise<boolean> => {
    if (tries++ >= maxTries || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let length = Math.ceil(best.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < best.length && tries < maxTries; ) {
      const isGone = await attempt(replaceRange(best, at, at + length, new Uint8Array()));
      if (!isGone) at += length;
    }
  }
  for (let at = 0; at < best.length && tries < maxTries; at++) {
    if (best[at] !== 0) await attempt(replaceRange(best, at, at + 1, Uint8Array.of(0)));
  }
  return best;
}
