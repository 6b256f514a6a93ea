/**
 * Nobody looks at figures more often, and with it a crowd that asks all the time costs no more than
 * one client.
 */
export const defaultMaxAgeMs = 250;

/**
 * Calls `make` at most once in `maxAgeMs`, and gives what it returned to all who ask meanwhile.
 * @param readClockMs a steady clock
 */
export function cacheFor<T>(make: () => T, maxAgeMs = defaultMaxAgeMs, readClockMs = () => performance.now()): () => T {
  let cached: { readonly value: T; readonly ms: number } | undefined;
  return () => {
    const ms = readClockMs();
    if (cached === undefined || ms - cached.ms >= maxAgeMs) cached = { value: make(), ms };
    return cached.value;
  };
}
