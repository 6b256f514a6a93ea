/**
 * Whether `count` is 0 or a power of two. A repeated event is logged at the 1st, 2nd,
 * 4th, 8th ... time, so that a night of it takes some twenty lines.
 */
export function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
