/** Why a signal is aborted where a user ended the run, and not its time. */
export const stoppedByUser: unique symbol = Symbol('stopped by the user');
/** As that of a program that Ctrl-C ends. */
export const stoppedCode = 130;

/** The verdict of a run: a fault counts however short the run was, and a run that was stopped is not a good one. */
export interface RunVerdict {
  readonly words: string;
  /** The exit code: 0, 1, or `stoppedCode`. */
  readonly code: number;
}

export interface RunEnd {
  readonly signal: AbortSignal;
  readonly startMs: number;
  readonly minutes: number;
  /** As `performance.now()`. */
  readonly nowMs?: number;
}

/** @param found says what was found, undefined: no fault. @param good the words for a whole run without a fault */
export function concludeRun(
  { signal, startMs, minutes, nowMs = performance.now() }: RunEnd,
  found: string | undefined,
  good: string,
): RunVerdict {
  const isStopped = signal.reason === stoppedByUser;
  const stopped = `stopped after ${((nowMs - startMs) / 1000).toFixed(0)} s of ${(minutes * 60).toFixed(0)} s`;
  if (found !== undefined) return { words: isStopped ? `${found}; ${stopped}` : found, code: 1 };
  return isStopped ? { words: `${stopped}: no fault until then`, code: stoppedCode } : { words: good, code: 0 };
}
