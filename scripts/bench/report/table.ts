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

/** `3.40 (2.90 to 3.90), 18100 by 5300 frames a second`; for a figure that is no ratio `98.0 (97.1 to 99.2) MB`. */
export function formatFigure(figure: FigureResult): string {
  const { sides, unit, median } = figure;
  if (!Number.isFinite(median)) return formatRange(figure);
  if (sides === undefined) return `${formatRange(figure)} ${unit}`;
  const { of, against, digits, againstDigits } = sides;
  return `${formatRange(figure)}, ${of.toFixed(digits)} by ${against.toFixed(againstDigits)} ${sides.unit}`;
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
    return `  ${figure.title}: ${formatFigure(figure)}${goal}`;
  });
  return [title, ...lines];
}
