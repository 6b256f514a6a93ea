import { drawText, round, SvgSheet } from '../bench/report/svg.ts';

/** A line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartText {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const width = 900;
const area = { left: 60, right: 690, top: 50, bottom: 430 };
const colours = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#17becf', '#8c564b', '#e377c2', '#7f7f7f'];
const ticks = 5;

/** Draws lines over one another as SVG. Both axes begin at 0. */
export function drawLines({ title, x, y }: ChartText, lines: readonly ChartLine[]): string {
  const points = lines.flatMap((line) => line.points);
  const maxX = roundUp(Math.max(...points.map(([value]) => value), 0));
  const maxY = roundUp(Math.max(...points.map(([, value]) => value), 0));
  const toX = (value: number) => round(area.left + (value / maxX) * (area.right - area.left));
  const toY = (value: number) => round(area.bottom - (value / maxY) * (area.bottom - area.top));
  const sheet = new SvgSheet(width);
  sheet.add(drawText(area.left, 24, title, 'font-size="16"'));
  for (let i = 0; i <= ticks; i++) {
    const step = i / ticks;
    sheet.add(
      `<path d="M${area.left} ${toY(step * maxY)}H${area.right}" stroke="#ddd"/>`,
      drawText(area.left - 6, toY(step * maxY) + 4, format(step * maxY), 'text-anchor="end"'),
      drawText(toX(step * maxX), area.bottom + 18, format(step * maxX), 'text-anchor="middle"'),
    );
  }
  sheet.add(drawText(area.left, area.top - 8, y), drawText(area.right, area.bottom + 36, x, 'text-anchor="end"'));
  for (const [i, line] of lines.entries()) {
    const path = line.points.map(([a, b], at) => `${at === 0 ? 'M' : 'L'}${toX(a)} ${toY(b)}`).join('');
    const keyY = area.top + 20 * i;
    sheet.add(
      `<path d="${path}" fill="none" ${paint(i)}/>`,
      `<path d="M${area.right + 16} ${keyY}h18" ${paint(i)}/>`,
      drawText(area.right + 40, keyY + 4, line.name),
    );
  }
  sheet.down(area.bottom + 40);
  return sheet.format(title);
}

/** Past the last colour they come again, dashed. */
function paint(line: number): string {
  const dashes = line < colours.length ? '' : ' stroke-dasharray="4 3"';
  return `stroke="${colours[line % colours.length]}" stroke-width="1.5"${dashes}`;
}

/** The next number that is 1, 2 or 5 times a power of ten; 1 for 0. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= value) ?? value;
}

function format(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
