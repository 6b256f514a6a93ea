import { readFile } from 'node:fs/promises';

/**
 * Milliseconds that these processes were ready to run and had no processor, in all their life: the kernel counts it for the
 * main thread of each. 0 for one that has ended.
 */
export async function readRunDelayMs(pids: readonly number[]): Promise<number> {
  const delays = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '');
      return Number(text.split(' ')[1] ?? 0) / 1e6;
    }),
  );
  return delays.reduce((sum, ms) => sum + ms, 0);
}
