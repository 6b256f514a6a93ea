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

/**
 * `3.40 (2.90 to 3.90), 18100 against 5300 frames a second`; where the quantities differ
 * `19.88, 6.7 (longest latency, ms) against 0.350 (latency p50, ms)`; for a figure that is no ratio `98.0 (97.1 to 99.2) MB`.
 */
export function formatFigure(figure: FigureResult): string {
  const { sides, unit, median } = figure;
  if (!Number.isFinite(median)) return formatRange(figure);
  if (sides === undefined) return `${formatRange(figure)} ${unit}`;
  const { unit: ofUnit, againstUnit, digits, againstDigits } = sides;
  const [of, against] = [sides.of.toFixed(digits), sides.against.toFixed(againstDigits)];
  if (againstUnit === undefined) return `${formatRange(figure)}, ${of} against ${against} ${ofUnit}`;
  return `${formatRange(figure)}, ${of} (${ofUnit}) against ${against} (${againstUnit})`;
}

/** `>= 4.00`; empty without a goal. */
export function formatGoal({ goal, better }: Pick<FigureResult, 'goal' | 'better'>): string {
  return goal === undefined ? '' : `${better === 'more' ? '>=' : '<='} ${goal}`;
}

/** `reached` or `missed`; empty without a goal or a value. */
export function formatVerdict(figure: Pick<FigureResult, 'median' | 'goal' | 'better'>): string {
  const reached = isReached(figure);
  if (reached === undefined) return '';
  return reached ? 'reached' : 'missed';
}

/** A figure as a line: its title, its value, and its goal with the verdict. */
export function formatFigureLine(figure: FigureResult): string {
  const verdict = formatVerdict(figure);
  const goal = verdict === '' ? '' : `; goal ${formatGoal(figure)}: ${verdict}`;
  return `${figure.title}: ${formatFigure(figure)}${goal}`;
}

/** The lines for the terminal: one for each figure of a row. */
export function formatRow({ title, figures }: RowResult): string[] {
  return [title, ...figures.map((figure) => `  ${formatFigureLine(figure)}`)];
}
