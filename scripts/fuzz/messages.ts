import type { TargetStats } from './stats.ts';
import type { TargetName } from './targets.ts';

/** The work of one process: a target for some time. */
export interface Task {
  readonly target: TargetName;
  readonly seed: string;
  readonly seconds: number;
  /** The path of the file with the input that is being tried. */
  readonly inFlight: string;
}

/** An input that failed, as small as it got. */
export interface FoundFailure {
  readonly target: TargetName;
  /** As base64. */
  readonly input: string;
  readonly message: string;
}

/** From a worker to its parent. `busy`: it makes an input smaller. `unusable`: the target cannot be opened. */
export type WorkerMessage =
  | { readonly type: 'stats'; readonly stats: TargetStats }
  | { readonly type: 'busy' }
  | { readonly type: 'unusable'; readonly message: string }
  | { readonly type: 'failure'; readonly failure: FoundFailure };

/** Failures of one kind have the same words, apart from numbers. */
export function kindOf({ target, message }: Pick<FoundFailure, 'target' | 'message'>): string {
  return `${target}: ${message
    .replaceAll(/\d+/g, '#')
    .replaceAll(/'[^']*'/g, "''")
    .slice(0, 160)}`;
}
