/** So long an answer is given to all who ask for it: nobody looks more often, and a crowd that asks all the time costs what one costs. */
export const sharedMs = 250;

/**
 * Makes what is the same for all who ask once for those who ask within `forMs`.
 * @param readClockMs a steady clock
 */
export function shareAnswer<T>(make: () => T, forMs = sharedMs, readClockMs = () => performance.now()): () => T {
  let made: { readonly answer: T; readonly ms: number } | undefined;
  return () => {
    const ms = readClockMs();
    if (made === undefined || ms - made.ms >= forMs) made = { answer: make(), ms };
    return made.answer;
  };
}
