import { type FigureResult, isReached, type RowResult } from './result.ts';

/** `3.40 (2.90 to 3.90)`; without a range for a single round. */
export function formatRange({
  median,
  min,
  max,
  digits,
  rounds,
}: Pick<FigureResult, 'median' | 'min' | 'max' | 'digits' | 'rounds'>): string {
  if (!Number.isFinite(median)) return 'not measured';
  const [middle, low, high] = [median, min, max].map((value) => value.toFixed(digits));
  return rounds > 1 ? `${middle} (${low} to ${high})` : `${middle}`;
}

/** `18100 by 5300 frames a second`; nothing for a figure that is no ratio. */
export function formatSides({ sides, unit }: FigureResult): string {
  if (sides === undefined) return unit;
  return `${sides.of.toFixed(sides.digits)} by ${sides.against.toFixed(sides.digits)} ${sides.unit}`;
}

/** `>= 4.00`; empty without a goal. */
export function formatGoal({ goal, better }: Pick<FigureResult, 'goal' | 'better'>): string {
  return goal === undefined ? '' : `${better === 'more' ? '>=' : '<='} ${goal}`;
}

/** The lines for the terminal: one for each figure of a row. */
export function formatRow({ title, figures }: RowResult): string[] {
  const lines = figures.map((figure) => {
    const reached = isReached(figure);
    const goal = reached === undefined ? '' : `; goal ${formatGoal(figure)}: ${reached ? 'reached' : 'not reached'}`;
    return `  ${figure.title}: ${formatRange(figure)}, ${formatSides(figure)}${goal}`;
  });
  return [title, ...lines];
}
