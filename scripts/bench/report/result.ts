import { divideRounds, median, type Summary, summarize } from '../ratios.ts';
import type { Figure, Quantity, Role, Row, Values } from '../row.ts';
import type { Machine } from './machine.ts';

/** All that a run of `npm run bench` found: the JSON file. */
export interface RunResult {
  readonly format: 1;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Abbreviated hash and subject, and whether the tree had other changes. */
  readonly tree: string;
  /** Of contenders of role `before`. */
  readonly baseline: string;
  readonly machine: Machine;
  readonly rows: readonly RowResult[];
}

export interface ContenderResult {
  readonly name: string;
  readonly role: Role;
  /** By round; a round that failed has no values. */
  readonly rounds: readonly Values[];
  /** Why the last round that failed did so. */
  readonly failure?: string;
}

export interface FigureResult extends Summary {
  readonly key: string;
  readonly title: string;
  /** `ratio`, or the name of the quantity. */
  readonly unit: string;
  readonly digits: number;
  readonly better: Quantity['better'];
  readonly goal: number | undefined;
  /** Rounds that it comes from. */
  readonly rounds: number;
  readonly sides?: Sides;
}

/** The medians of both sides of a ratio. */
export interface Sides {
  readonly of: number;
  readonly against: number;
  /** Of the first, and of the other where `againstUnit` does not name another one. */
  readonly unit: string;
  readonly againstUnit?: string;
  readonly digits: number;
  readonly againstDigits: number;
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly startedAt: string;
  readonly seconds: number;
  /** Programs that wanted a core over the minute before the row, and over its last minute. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly contenders: Readonly<Record<string, ContenderResult>>;
  readonly figures: readonly FigureResult[];
}

/** The figures of a row, from the rounds of its contenders. */
export function computeFigures(row: Row, contenders: Readonly<Record<string, ContenderResult>>): FigureResult[] {
  return row.figures.map((figure) => computeFigure(row, figure, contenders));
}

function computeFigure(row: Row, figure: Figure, contenders: Readonly<Record<string, ContenderResult>>): FigureResult {
  const read = (name: string | undefined, quantity: string) =>
    (contenders[name ?? '']?.rounds ?? []).map((values) => values[quantity] ?? Number.NaN);
  const { key, title, goal, quantity } = figure;
  const of = read(figure.of ?? Object.keys(row.contenders)[0], quantity);
  const { name: unit = '', better = 'more', digits = 2 } = row.quantities[quantity] ?? {};
  if (figure.against === undefined) {
    const values = of.filter(Number.isFinite);
    return { key, title, unit, digits, better, goal, rounds: values.length, ...summarize(values) };
  }
  const against = read(figure.against, figure.againstQuantity ?? quantity);
  const ratios = divideRounds(of, against);
  const { name: againstUnit = unit, digits: againstDigits = digits } =
    row.quantities[figure.againstQuantity ?? quantity] ?? {};
  const medians = { of: median(of.filter(Number.isFinite)), against: median(against.filter(Number.isFinite)) };
  const sides = { ...medians, unit, digits, againstDigits, ...(againstUnit === unit ? {} : { againstUnit }) };
  const ratio = { unit: 'ratio', digits: 2, rounds: ratios.length, ...summarize(ratios) };
  return { key, title, better, goal, ...ratio, sides };
}

/** Whether the median reaches the goal; undefined without a goal or a value. */
export function isReached({
  median,
  goal,
  better,
}: Pick<FigureResult, 'median' | 'goal' | 'better'>): boolean | undefined {
  if (goal === undefined || !Number.isFinite(median)) return undefined;
  return better === 'more' ? median >= goal : median <= goal;
}
