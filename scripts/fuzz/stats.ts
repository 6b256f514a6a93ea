/** The figures of the inputs that a target got. */
export interface TargetStats {
  inputs: number;
  /** Bytes that went through the decoder. */
  bytes: number;
  /** Of the worker, less its start. */
  ms: number;
  /** Milliseconds for each megabyte, of inputs that are long enough to measure. */
  slowestMsPerMb: number;
  /** Bytes that a decoder held at the most; undefined where that is not measured. */
  held: number | undefined;
  /** The largest memory of a worker: bytes. */
  rss: number;
  /** Kinds of outcomes. */
  outcomes: number;
  /** How many inputs ended with an error of each code. */
  readonly codes: Record<string, number>;
}

export function emptyStats(): TargetStats {
  return { inputs: 0, bytes: 0, ms: 0, slowestMsPerMb: 0, held: undefined, rss: 0, outcomes: 0, codes: {} };
}

/** Adds the figures of one worker to those of all. */
export function addStats(all: TargetStats, one: TargetStats): void {
  all.inputs += one.inputs;
  all.bytes += one.bytes;
  all.ms += one.ms;
  all.slowestMsPerMb = Math.max(all.slowestMsPerMb, one.slowestMsPerMb);
  if (one.held !== undefined) all.held = Math.max(all.held ?? 0, one.held);
  all.rss = Math.max(all.rss, one.rss);
  all.outcomes = Math.max(all.outcomes, one.outcomes);
  for (const [code, count] of Object.entries(one.codes)) all.codes[code] = (all.codes[code] ?? 0) + count;
}
