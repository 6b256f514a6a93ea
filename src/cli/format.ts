// Figures as a person reads them.

/** Microseconds as milliseconds or, from ten seconds on, as seconds. */
export function formatLatency(us: number): string {
  if (Math.abs(us) < 1e7) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}

/** `[#####-----]  50 %  123/246`. */
export function formatProgress(done: number, total: number, width: number): string {
  const share = Math.min(1, done / total);
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${done}/${total}`;
}

/** Counts per second over the last seconds, from a counter that somebody else keeps. */
export class Rate {
  readonly #windowMs: number;
  readonly #samples: { readonly ms: number; readonly count: number }[] = [];

  /** @param windowMs how far back it looks */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Gets the value of the counter at `ms` of a steady clock; returns its growth per second. */
  sample(count: number, ms: number): number {
    this.#samples.push({ ms, count });
    while (this.#samples.length > 2 && (this.#samples[1]?.ms ?? ms) <= ms - this.#windowMs) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || ms <= first.ms) return 0;
    return ((count - first.count) * 1000) / (ms - first.ms);
  }
}
