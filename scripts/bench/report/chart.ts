import { type Summary, summarize } from '../ratios.ts';
import type { Figure, Quantity, Row } from '../row.ts';
import type { ContenderResult, RowResult } from './result.ts';
import { drawText, round, SvgSheet, wrapWords } from './svg.ts';
import { formatFigureLine, formatRange } from './table.ts';

const width = 800;
const [left, barsLeft, barsWidth] = [16, 270, 340];
/** Letters of a line: even wide ones are within the sheet. */
const columns = 100;
const colours = { ours: '#1f6fb2', before: '#8fbbdc', peer: '#9aa5b1', limit: '#d9b44a' } as const;
const roles = { ours: 'these programs', before: 'these programs before', peer: 'others', limit: 'limit' } as const;

/** A goal as a value on the axis of a quantity. */
interface GoalLine {
  readonly value: number;
  readonly label: string;
}

interface Bar extends Summary {
  readonly contender: ContenderResult;
}

/**
 * One row as an SVG: for each quantity a bar for each contender, which is its median, with its range and the goals.
 * @param about machine and time, in small letters below
 */
export function drawChart(row: Row, result: RowResult, about: string): string {
  const sheet = new SvgSheet(width);
  sheet.add(drawText(left, sheet.down(30), readable(row.title), 'font-size="16" font-weight="bold"'));
  for (const [key, quantity] of Object.entries(row.quantities)) {
    drawPanel(sheet, quantity, listBars(result, key), listGoals(row, result, key));
  }
  sheet.down(8);
  for (const figure of result.figures) {
    const lines = wrapWords(readable(formatFigureLine(figure)), columns);
    for (const [place, line] of lines.entries())
      sheet.add(drawText(left + (place === 0 ? 0 : 16), sheet.down(place === 0 ? 20 : 16), line));
  }
  for (const { name, failure } of Object.values(result.contenders)) {
    if (failure !== undefined) sheet.add(drawText(left, sheet.down(20), `${name}: a round could not be measured`));
  }
  drawLegend(sheet, result);
  sheet.add(drawText(left, sheet.down(22), about, 'fill="#666" font-size="11"'));
  return sheet.format(readable(row.title));
}

function listBars({ contenders }: RowResult, quantity: string): Bar[] {
  return Object.values(contenders).flatMap((contender) => {
    const values = contender.rounds.map((round) => round[quantity] ?? Number.NaN).filter(Number.isFinite);
    return values.length === 0 ? [] : [{ contender, ...summarize(values) }];
  });
}

/** The goal of a ratio is drawn at that many times the median of the other side. */
function listGoals(row: Row, { figures }: RowResult, quantity: string): GoalLine[] {
  return row.figures.flatMap((figure, place) => {
    const { goal, sides } = figures[place] ?? {};
    if (figure.quantity !== quantity || goal === undefined) return [];
    const value = goal * (sides?.against ?? 1);
    const label = sides === undefined ? `goal ${goal}` : `goal: ${goal} times ${nameSide(row, figure)}`;
    return Number.isFinite(value) ? [{ value, label }] : [];
  });
}

/** The other side of a ratio, as people know it. */
function nameSide(row: Row, { against = '', quantity, againstQuantity = quantity }: Figure): string {
  const name = row.contenders[against]?.name ?? against;
  const measured = row.quantities[againstQuantity]?.name ?? '';
  return readable(againstQuantity === quantity || measured.includes(name) ? name : `the ${measured} of ${name}`);
}

/** A quantity without a value has no panel. */
function drawPanel(sheet: SvgSheet, quantity: Quantity, bars: readonly Bar[], goals: readonly GoalLine[]): void {
  if (bars.length === 0) return;
  const heading = `${readable(quantity.name)} (${quantity.better} is better)`;
  sheet.add(drawText(left, sheet.down(30), heading, 'font-weight="bold"'));
  const top = sheet.y + 8;
  const highest = Math.max(...bars.map(({ max }) => max), ...goals.map(({ value }) => value)) || 1;
  const scale = (value: number) => barsLeft + (value / highest) * barsWidth;
  for (const bar of bars) sheet.add(...drawBar(bar, sheet.down(26), scale, quantity.digits));
  const bottom = sheet.y + 10;
  for (const goal of goals) sheet.add(...drawGoal(goal, scale(goal.value), [top, bottom], sheet.down(15) + 8));
}

function drawBar(
  { contender, ...summary }: Bar,
  y: number,
  scale: (value: number) => number,
  digits: number,
): string[] {
  const [zero, middle, low, high] = [0, summary.median, summary.min, summary.max].map((value) => round(scale(value)));
  const barWidth = round((middle ?? 0) - (zero ?? 0));
  const words = formatRange({ ...summary, digits, rounds: contender.rounds.length });
  return [
    drawText(barsLeft - 8, y, contender.name, 'text-anchor="end"'),
    `<rect x="${zero}" y="${y - 14}" width="${barWidth}" height="18" fill="${colours[contender.role]}"/>`,
    `<path d="M${low} ${y - 10}v10M${low} ${y - 5}H${high}M${high} ${y - 10}v10" stroke="#222" fill="none"/>`,
    drawText(barsLeft + barsWidth + 8, y, words, 'font-size="11"'),
  ];
}

/** @param y of the label: each has a line of its own */
function drawGoal({ label }: GoalLine, x: number, [top, bottom]: readonly [number, number], y: number): string[] {
  const isRight = x > width / 2;
  return [
    `<path d="M${round(x)} ${top}V${bottom}" stroke="#18794e" stroke-width="2" stroke-dasharray="5 3"/>`,
    drawText(x, y, label, `fill="#18794e" font-size="11" text-anchor="${isRight ? 'end' : 'start'}"`),
  ];
}

function drawLegend(sheet: SvgSheet, { contenders }: RowResult): void {
  const y = sheet.down(28);
  const used = [...new Set(Object.values(contenders).map(({ role }) => role))];
  for (const [place, role] of used.entries()) {
    const x = left + place * 180;
    sheet.add(`<rect x="${x}" y="${y - 11}" width="13" height="13" fill="${colours[role]}"/>`);
    sheet.add(drawText(x + 19, y, roles[role]));
  }
}

/** Without the marks of Markdown. */
function readable(words: string): string {
  return words.replaceAll(/[`*]/g, '');
}
