/** Figures of /metrics, by name with labels. */
export type Counts = ReadonlyMap<string, number>;

/** @param page such as `http://127.0.0.1:8000` */
export async function readCounts(page: string): Promise<Counts> {
  const text = await (await fetch(`${page}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^([^#\s]\S*(?:\{.*\})?) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}

/** How much all figures of such names have grown. */
export function sumCounts(after: Counts, pattern: RegExp, before: Counts = new Map()): number {
  let sum = 0;
  for (const [name, count] of after) if (pattern.test(name)) sum += count - (before.get(name) ?? 0);
  return sum;
}

/** The bound of the bucket of latency that the quantile of all cameras falls into, in milliseconds. */
export function findLatencyBound(after: Counts, before: Counts, share: number): number {
  const buckets = new Map<number, number>();
  for (const [name, count] of after) {
    const bound = /^image_socket_latency_seconds_bucket\{.*le="([^"]+)"\}/.exec(name)?.[1];
    if (bound === undefined) continue;
    const boundMs = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound) * 1000;
    buckets.set(boundMs, (buckets.get(boundMs) ?? 0) + count - (before.get(name) ?? 0));
  }
  const all = buckets.get(Number.POSITIVE_INFINITY) ?? 0;
  return [...buckets].sort(([a], [b]) => a - b).find(([, count]) => count >= share * all)?.[0] ?? Number.NaN;
}
