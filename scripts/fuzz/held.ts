import { getHeapStatistics } from 'node:v8';
import { CodedError } from '../../src/errors.ts';
import { Failure, type Hold } from './target.ts';

const tries = 4;

/**
 * The bytes that a decoder holds which has got the input.
 * @throws Failure where they are over the limit
 */
export function measureHeld(hold: Hold, input: Uint8Array): number {
  const { gc } = globalThis;
  // It needs --expose-gc.
  if (gc === undefined) return 0;
  const used = () => {
    hold.release?.();
    gc();
    gc();
    const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
    return heap + outside;
  };
  let held = Number.POSITIVE_INFINITY;
  const limit = hold.maxBytes(input);
  // Code that is compiled meanwhile counts too, once.
  for (let i = 0; i < tries && held > limit; i++) {
    const before = used();
    const opened = open(hold, input);
    const after = used();
    held = Math.min(held, Math.max(0, after - before));
    keep(opened);
  }
  if (held > limit) throw new Failure(`the decoder holds ${held} bytes, more than ${limit}`);
  return held;
}

function open(hold: Hold, input: Uint8Array): object | undefined {
  try {
    return hold.open(input);
  } catch (error) {
    // It is of no further use, and nobody keeps it.
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

let kept: object | undefined;

/** Has the collector leave the object alone up to here. */
function keep(opened: object | undefined): void {
  kept = opened;
  kept = undefined;
  void kept;
}
