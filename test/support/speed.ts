import process from 'node:process';

/** How many times slower than the reference machine this one is; `npm test` measures it once for all test files. */
const slowdown = Number(process.env.TEST_SLOWDOWN ?? '1');

/** A limit of time that holds on the reference machine, for this machine: milliseconds. */
export function scaleMs(ms: number): number {
  return ms * slowdown;
}
