import type { Row } from '../row.ts';
import { formatMachine, type Machine } from './machine.ts';
import type { FigureResult, RowResult, RunResult } from './result.ts';
import { wrapWords } from './svg.ts';
import { formatFigure, formatGoal, formatVerdict } from './table.ts';

/** A row as it was measured last on a machine. */
export interface KeptRow extends Pick<RowResult, 'name' | 'startedAt' | 'seconds' | 'loadBefore' | 'figures'> {
  readonly tree: string;
}

export interface KeptMachine {
  readonly machine: Omit<Machine, 'loadBefore'>;
  readonly rows: readonly KeptRow[];
}

/** The file `figures.json`, from which the pages have their figures: by machine, the newest of each row. */
export type KeptFigures = readonly KeptMachine[];

const table = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/g;
const list = /(<!-- bench rows -->\n)[\s\S]*?(<!-- \/bench rows -->)/g;
const columns = 100;
const mark = /(<!-- bench ([\w-]+) ([\w-]+) -->)[\s\S]*?(<!-- \/bench -->)/g;

/** As many rounds as the table needs of each figure. */
const minRounds = 5;

/**
 * Why the figures of a run are too weak for a page; undefined: they are not. The load is that before the first row, as the
 * bench itself makes that before the others.
 */
export function findWeakness({ machine, rows }: Pick<RunResult, 'machine' | 'rows'>): string | undefined {
  if (machine.loadBefore > machine.cores)
    return `the load before the first row was ${machine.loadBefore}, with ${machine.cores} processors`;
  for (const { name, figures } of rows) {
    const weak = figures.find(({ rounds }) => rounds < minRounds);
    if (weak !== undefined) return `'${weak.title}' of the row ${name} has ${weak.rounds} of ${minRounds} rounds`;
  }
  return undefined;
}

/** Puts the rows of a run in the place of those of the same names on the same machine. */
export function keepRun(kept: KeptFigures, { machine, tree, rows }: RunResult): KeptFigures {
  const isSame = (one: KeptMachine) =>
    one.machine.processor === machine.processor && one.machine.cores === machine.cores;
  const fresh = rows.map(({ name, startedAt, seconds, loadBefore, figures }): KeptRow => {
    return { name, startedAt, seconds, loadBefore, tree, figures };
  });
  const older = (kept.find(isSame)?.rows ?? []).filter(({ name }) => !fresh.some((row) => row.name === name));
  const { loadBefore: _, ...constant } = machine;
  const together = { machine: constant, rows: [...older, ...fresh] };
  return kept.some(isSame) ? kept.map((one) => (isSame(one) ? together : one)) : [...kept, together];
}

/**
 * The page with its table of figures, and with each figure that a sentence of it quotes, as they are kept.
 * A mark in a sentence has the names of a row and of its figure: the median on the first machine follows it.
 * @throws Error for a mark of a figure that is not kept
 */
export function fillFigures(text: string, rows: readonly Row[], kept: KeptFigures): string {
  const withMarks = text.replaceAll(mark, (_, begin: string, row: string, key: string, end: string) => {
    return `${begin}${findMedian(kept, row, key)}${end}`;
  });
  return withMarks
    .replaceAll(list, (_, begin: string, end: string) => `${begin}${rows.map(describeWork).join('\n')}\n${end}`)
    .replaceAll(table, (_, begin: string, end: string) => `${begin}${formatTable(rows, kept)}\n${end}`);
}

/** An item of a list, in lines of so many columns. */
function describeWork({ name, about }: Row): string {
  return wrapWords(`- \`${name}\`: ${about}`, columns - 2).join('\n  ');
}

function findMedian(kept: KeptFigures, row: string, key: string): string {
  for (const { rows } of kept) {
    const figure = rows.find(({ name }) => name === row)?.figures.find((one) => one.key === key);
    if (figure !== undefined) return figure.median.toFixed(figure.digits);
  }
  throw new Error(`Cannot fill the mark 'bench ${row} ${key}' as no such figure is kept: npm run bench -- ${row}`);
}

function formatTable(rows: readonly Row[], kept: KeptFigures): string {
  const machines = kept.flatMap((_, place) => [`machine ${place + 1}`, 'rounds x seconds, load']);
  const head = ['row', 'figure', 'goal', ...machines];
  const lines = rows.flatMap((row) => {
    const own = row.figures.map((figure, place) => {
      const goal = { goal: figure.goal, better: row.quantities[figure.quantity]?.better ?? 'more' };
      return [
        place === 0 ? `\`${row.name}\`` : '',
        place === 0 ? `${row.title}; ${figure.title}` : figure.title,
        formatGoal(goal),
        ...kept.flatMap((machine) => formatCells(machine, row.name, figure.key, goal)),
      ];
    });
    // The same as in the line above need not be read again.
    const firstKept = 3;
    return own.map((line, place) =>
      line.map((cell, column) => {
        const isMeasure = column > firstKept && (column - firstKept) % 2 === 1;
        return isMeasure && cell === own[place - 1]?.[column] ? '' : cell;
      }),
    );
  });
  const formatLine = (line: readonly string[]) =>
    `|${line.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`;
  const cells = [head, head.map(() => '---'), ...lines].map(formatLine);
  const described = kept.map((one, place) => `- Machine ${place + 1}: ${describeKept(one)}`);
  return [...cells, ...(described.length > 0 ? ['', ...described] : [])].join('\n');
}

/** The value with its verdict, and how it was measured. */
function formatCells(
  { rows }: KeptMachine,
  name: string,
  key: string,
  goal: Pick<FigureResult, 'goal' | 'better'>,
): [value: string, measure: string] {
  const row = rows.find((one) => one.name === name);
  const figure = row?.figures.find((one) => one.key === key);
  if (row === undefined || figure === undefined) return ['', ''];
  const verdict = formatVerdict({ ...figure, ...goal });
  const mark = verdict === '' ? '' : `; ${verdict}`;
  return [`${formatFigure(figure)}${mark}`, `${figure.rounds} x ${row.seconds} s, load ${row.loadBefore}`];
}

function describeKept({ machine, rows }: KeptMachine): string {
  const loads = rows.map(({ loadBefore }) => loadBefore);
  const days = rows.map(({ startedAt }) => startedAt.slice(0, 10)).sort();
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const when = first === last ? first : `${first} to ${last}`;
  const trees = [...new Set(rows.map(({ tree }) => tree.split(' ')[0]))].join(', ');
  const load = `${Math.min(...loads)} to ${Math.max(...loads)}`;
  return `${formatMachine(machine)}.\n  Measured ${when}, at commit ${trees}.\n  The load before a row was ${load}.`;
}
