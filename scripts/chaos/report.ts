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
    const late = own.filter(isLate);
    const busy = late.filter(isOfMachine).length;
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

/** Late recoveries that the machine does not explain: *latest* promises to be back in time. */
export function findLateRecoveries(records: readonly FaultRecord[]): string[] {
  return records
    .filter((record) => isLate(record) && !isOfMachine(record))
    .map(({ pair, kind, particulars, recoveryMs }) => {
      const back = recoveryMs === undefined ? 'did not come back' : `needed ${recoveryMs.toFixed(0)} ms to come back`;
      return `pair ${pair}: latest ${back} (goal: ${goalMs} ms) after ${kind}, ${particulars}`;
    });
}

function isLate({ recoveryMs = Number.POSITIVE_INFINITY }: FaultRecord): boolean {
  return recoveryMs > goalMs;
}

/** Whether a late recovery would have been in time on a machine that had a processor for each program. */
function isOfMachine({ recoveryMs = Number.POSITIVE_INFINITY, lagMs, waitedMs }: FaultRecord): boolean {
  return lagMs > busyMs || recoveryMs - waitedMs <= goalMs;
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
