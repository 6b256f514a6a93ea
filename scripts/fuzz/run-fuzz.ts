import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepInput } from './corpus.ts';
import { type FoundFailure, kindOf } from './messages.ts';
import type { FuzzOptions } from './options.ts';
import { runWorker } from './run-worker.ts';
import { shrinkDeadly } from './shrink-deadly.ts';
import { addStats, emptyStats, type TargetStats } from './stats.ts';
import type { TargetName } from './targets.ts';

/** A target has a process for so long at the most, and then the next one has its turn. */
const maxSliceSeconds = 60;
const minSliceSeconds = 2;
/** Starting processes takes some of the time. */
const sliceShare = 0.8;

export interface FuzzResult {
  readonly stats: ReadonlyMap<TargetName, TargetStats>;
  /** One of each kind. */
  readonly failures: readonly FoundFailure[];
}

/** Gives inputs to all targets by turns, for that time or until `signal` aborts. @param say prints a line */
export async function runFuzz(
  options: FuzzOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<FuzzResult> {
  const { minutes, seed, workers, targets } = options;
  const endMs = performance.now() + minutes * 60_000;
  const perTurn = (minutes * 60 * workers) / targets.length;
  const sliceSeconds = Math.max(minSliceSeconds, Math.min(maxSliceSeconds, perTurn * sliceShare));
  const stats = new Map(targets.map((target) => [target, emptyStats()]));
  const failures = new Map<string, FoundFailure>();
  const folder = mkdtempSync(join(tmpdir(), 'image-socket-fuzz-'));
  let turns = 0;
  const keep = async (failure: FoundFailure): Promise<void> => {
    const kind = kindOf(failure);
    if (failures.has(kind)) return;
    failures.set(kind, failure);
    const input = await shrinkDeadly(failure, folder, signal);
    say(`FAILURE ${failure.target}: ${failure.message}\n  kept as ${keepInput(failure.target, input)}`);
  };
  const lane = async (lane: number): Promise<void> => {
    while (!signal.aborted) {
      const leftSeconds = (endMs - performance.now()) / 1000;
      if (leftSeconds < 1) return;
      const turn = turns++;
      const target = targets[turn % targets.length] as TargetName;
      const seconds = Math.min(sliceSeconds, leftSeconds);
      const round = Math.floor(turn / targets.length);
      const task = { target, seed: `${seed}/${target}/${round}`, seconds, inFlight: join(folder, `in-flight-${lane}`) };
      const found = await runWorker(task, signal);
      if (found.stats !== undefined) addStats(stats.get(target) as TargetStats, found.stats);
      for (const failure of found.failures) await keep(failure);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, (_, i) => lane(i)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { stats, failures: [...failures.values()] };
}
