import { cpus } from 'node:os';

/** The share of all processors that has to have nothing to do. */
const idleShare = 0.1;

/** A function that returns whether the machine had processor time left since its last call. */
export function watchIdle(read = readTimes): () => boolean {
  let before = read();
  return () => {
    const now = read();
    const [idleMs, allMs] = [now.idleMs - before.idleMs, now.allMs - before.allMs];
    before = now;
    return idleMs > idleShare * allMs;
  };
}

/** Of all processors since the machine started. */
function readTimes(): { readonly idleMs: number; readonly allMs: number } {
  let [idleMs, allMs] = [0, 0];
  for (const { times } of cpus()) {
    idleMs += times.idle;
    for (const ms of Object.values(times)) allMs += ms;
  }
  return { idleMs, allMs };
}
