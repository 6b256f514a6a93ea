import { summarize } from '../ratios.ts';
import type { Quantity } from '../row.ts';

/** One thing that a run of two programs measures. */
export interface Figure extends Quantity {
  /** Whether `--at-least` looks at it. */
  readonly isJudged: boolean;
}

/** The values of one figure in all rounds, `old` and `new` by round. */
export interface Finding {
  readonly figure: Figure;
  readonly old: readonly number[];
  readonly new: readonly number[];
}

/** By round, over 1 where the new one is better: new by old, or old by new where less is better. */
export function findRatios({ figure, old, new: fresh }: Finding): number[] {
  return old.map((before, round) => {
    const after = fresh[round] ?? Number.NaN;
    return figure.better === 'more' ? after / before : before / after;
  });
}

/** The figures whose median ratio is below the bound, or unknown. */
export function findWorse(findings: readonly Finding[], atLeast: number): Finding[] {
  return findings.filter((finding) => finding.figure.isJudged && !(summarize(findRatios(finding)).median >= atLeast));
}

/** `frames a second: 1.01 (0.98 to 1.04), 5210 before and 5260 now`. */
export function describe(finding: Finding): string {
  const { min, median, max } = summarize(findRatios(finding));
  const [before, now] = [finding.old, finding.new].map((values) =>
    summarize(values).median.toFixed(finding.figure.digits),
  );
  const ratio = `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
  return `${finding.figure.name}: ${ratio}, ${before} before and ${now} now`;
}
