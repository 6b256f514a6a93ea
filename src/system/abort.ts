import { setTimeout as delay } from 'node:timers/promises';

/** Waits that many milliseconds, or until `signal` aborts. Neither is an error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/**
 * Calls `listener` once when `signal` aborts, at once if it has aborted. Returns a function that
 * calls it off.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
