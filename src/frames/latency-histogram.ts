/** Upper bounds of the buckets in milliseconds; above the last is one more. */
export const bucketBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;

/** How many frames were how late. */
export class LatencyHistogram {
  /** Frames by bucket, not cumulated: as many as there are bounds, and one more. */
  readonly counts: number[] = new Array(bucketBoundsMs.length + 1).fill(0);
  count = 0;
  /** Of all, in milliseconds. */
  sumMs = 0;

  add(ms: number): void {
    let bucket = 0;
    while (bucket < bucketBoundsMs.length && ms > (bucketBoundsMs[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.count++;
    this.sumMs += ms;
  }
}
