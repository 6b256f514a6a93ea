import { test as declare, describe } from 'node:test';

const limit = 4;
const declared: (() => void)[] = [];

/**
 * Stands for `test` of node:test in files whose tests mostly wait, each for peers of its own: four of them run at once. Not for a file
 * whose tests share something, such as mocked timers.
 */
export function test(name: string, run: () => Promise<void> | void): void {
  if (declared.length === 0) queueMicrotask(declareAll);
  declared.push(() => declare(name, run));
}

/** Runs when the whole file was read. */
function declareAll(): void {
  describe('at once', { concurrency: limit }, () => {
    for (const one of declared) one();
  });
}
