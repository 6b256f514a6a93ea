import { percentile } from '../bench/ratios.ts';
import type { FaultRecord } from './pair.ts';

/** *latest* is to be back so long after a fault has ended. */
export const goalMs = 2000;

/** A machine that stands still for so long says nothing about the programs. */
export const busyMs = 200;

/** The faults of one kind. */
export interface KindSummary {
  readonly kind: string;
  readonly count: number;
  readonly medianMs: number;
  readonly maxMs: number;
  /** Faults after which *latest* came back later than the goal, or not at all. */
  readonly late: number;
  /** Others like these, while the machine was too busy to tell. */
  readonly busy: number;
  readonly dropped: number;
}

/** One row for each kind, in the order of their names. A recovery that did not come counts as infinite. */
export function summarizeKinds(records: readonly FaultRecord[]): KindSummary[] {
  const kinds = [...new Set(records.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const own = records.filter((record) => record.kind === kind);
    const late = own.filter(({ recoveryMs = Number.POSITIVE_INFINITY }) => recoveryMs > goalMs);
    const busy = late.filter(({ lagMs }) => lagMs > busyMs).length;
    const times = own.map(({ recoveryMs }) => recoveryMs ?? Number.POSITIVE_INFINITY);
    return {
      kind,
      count: own.length,
      medianMs: percentile(times, 0.5),
      maxMs: Math.max(...times),
      late: late.length - busy,
      busy,
      dropped: own.reduce((sum, { dropped }) => sum + dropped, 0),
    };
  });
}

export function formatKinds(summaries: readonly KindSummary[]): string[] {
  const head = ['fault', 'count', 'back in ms, median', 'max', `over ${goalMs}`, 'machine busy', 'frames dropped'];
  const rows = summaries.map(({ kind, count, medianMs, maxMs, late, busy, dropped }) => {
    return [kind, ...[count, medianMs, maxMs, late, busy, dropped].map((value) => value.toFixed(0))];
  });
  return [head, ...rows].map(([first = '', ...others]) => {
    return [first.padEnd(16), ...others.map((cell, i) => cell.padStart(head[i + 1]?.length ?? 0))].join('  ');
  });
}
