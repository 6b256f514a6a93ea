import { onAbort } from '../system/abort.ts';
import { errorLine } from '../system/error-line.ts';

/** An answer, or the reason why there is none. */
export type Answer<T> = { readonly value: T } | { readonly reason: string };

/**
 * Asks, and never throws: an answer that does not come in time, and a stop, are answers too. `ask`
 * gets a signal that aborts when nobody waits any more.
 */
export async function askInTime<T>(
  ask: (signal: AbortSignal) => Promise<T> | T,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Answer<T>> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stopWatching: () => void = () => undefined;
  const givenUp = new Promise<Answer<T>>((resolve) => {
    timer = setTimeout(() => resolve({ reason: `no answer within ${timeoutMs / 1000} s` }), timeoutMs);
    stopWatching = onAbort(stop, () => resolve({ reason: 'stopped' }));
  });
  try {
    return await Promise.race([givenUp, answer(ask, over.signal)]);
  } finally {
    clearTimeout(timer);
    stopWatching();
    over.abort();
  }
}

async function answer<T>(ask: (signal: AbortSignal) => Promise<T> | T, signal: AbortSignal): Promise<Answer<T>> {
  try {
    return { value: await ask(signal) };
  } catch (error) {
    return { reason: errorLine(error) };
  }
}

/** The value of an answer; undefined where there is none. */
export function knownValue<T>(answer: Answer<T>): T | undefined {
  return 'value' in answer ? answer.value : undefined;
}
