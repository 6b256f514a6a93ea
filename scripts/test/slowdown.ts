import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** How long two Node processes at once take to start and to end on the machine that the tests' times were set on, in milliseconds. */
const referenceMs = 50;
const rounds = 9;
const maxSlowdown = 8;

/**
 * Measures how many times slower than the reference machine this one is now, with everything else that runs on it: 1 to 8.
 *
 * Starting processes is what the tests wait for most. The median of nine rounds counts.
 */
export async function measureSlowdown(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    await Promise.all([startNode(), startNode()]);
    times.push(performance.now() - startedMs);
  }
  const medianMs = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? referenceMs;
  return Math.min(maxSlowdown, Math.max(1, medianMs / referenceMs));
}

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'close');
}
