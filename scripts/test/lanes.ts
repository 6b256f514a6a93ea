export interface LaneOptions {
  /** The number that always runs at once, whatever else the machine does. */
  readonly min: number;
  /** The most that run at once, while the processor is idle. */
  readonly max: number;
  /** Whether the machine had time left since this was asked last. */
  readonly isIdle: () => boolean;
  readonly lookEveryMs: number;
}

/**
 * Runs `run` for each item, and returns when all have ended; throws the first failure then. `items` begin with what costs most: the
 * `min` lanes take the first that is left. Items that run besides, in the time in which the lanes wait, are the last that are left.
 */
export async function runInLanes<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
  { min, max, isIdle, lookEveryMs }: LaneOptions,
): Promise<void> {
  const left = [...items];
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  const start = (item: T): Promise<void> => {
    const one = run(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(one));
    running.add(one);
    return one;
  };
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await start(item);
  };
  const looks = setInterval(() => {
    // Called each time, because it reports the time since its last call.
    if (!isIdle() || running.size >= max) return;
    const item = left.pop();
    if (item !== undefined) void start(item);
  }, lookEveryMs);
  try {
    await Promise.all(Array.from({ length: min }, lane));
  } finally {
    clearInterval(looks);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
