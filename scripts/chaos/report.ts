import { percentile } from '../bench/ratios.ts';
import type { FaultRecord } from './pair.ts';

/** *latest* is to be back so long after a fault has ended. */
export const goalMs = 2000;

/** The faults of one kind. */
export interface KindSummary {
  readonly kind: string;
  readonly count: number;
  readonly medianMs: number;
  readonly maxMs: number;
  /** Faults after which *latest* came back later than the goal, or not at all. */
  readonly late: number;
  readonly dropped: number;
}

/** One row for each kind, in the order of their names. A recovery that did not come counts as infinite. */
export function summarizeKinds(records: readonly FaultRecord[]): KindSummary[] {
  const kinds = [...new Set(records.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const own = records.filter((record) => record.kind === kind);
    const times = own.map(({ recoveryMs }) => recoveryMs ?? Number.POSITIVE_INFINITY);
    return {
      kind,
      count: own.length,
      medianMs: percentile(times, 0.5),
      maxMs: Math.max(...times),
      late: times.filter((ms) => ms > goalMs).length,
      dropped: own.reduce((sum, { dropped }) => sum + dropped, 0),
    };
  });
}

export function formatKinds(summaries: readonly KindSummary[]): string[] {
  const head = ['fault', 'count', 'back in ms, median', 'max', `over ${goalMs}`, 'frames dropped'];
  const rows = summaries.map(({ kind, count, medianMs, maxMs, late, dropped }) => {
    return [kind, ...[count, medianMs, maxMs, late, dropped].map((value) => value.toFixed(0))];
  });
  return [head, ...rows].map(([first = '', ...others]) => {
    return [first.padEnd(16), ...others.map((cell, i) => cell.padStart(head[i + 1]?.length ?? 0))].join('  ');
  });
}
