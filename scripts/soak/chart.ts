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

const [width, height] = [900, 480];
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
  const steps = Array.from({ length: ticks + 1 }, (_, i) => i / ticks);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    label(area.left, 24, title, 'font-size="16"'),
    ...steps.flatMap((step) => [
      `<path d="M${area.left} ${toY(step * maxY)}H${area.right}" stroke="#ddd"/>`,
      label(area.left - 6, toY(step * maxY) + 4, format(step * maxY), 'text-anchor="end"'),
      label(toX(step * maxX), area.bottom + 18, format(step * maxX), 'text-anchor="middle"'),
    ]),
    label(area.left, area.top - 8, y),
    label(area.right, area.bottom + 36, x, 'text-anchor="end"'),
    ...lines.flatMap((line, i) => [
      `<path d="${line.points.map(([a, b], at) => `${at === 0 ? 'M' : 'L'}${toX(a)} ${toY(b)}`).join('')}" fill="none" ${paint(i)}/>`,
      `<path d="M${area.right + 16} ${area.top + 20 * i}h18" ${paint(i)}/>`,
      label(area.right + 40, area.top + 4 + 20 * i, line.name),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

/** Past the last colour they come again, dashed. */
function paint(line: number): string {
  const dashes = line < colours.length ? '' : ' stroke-dasharray="4 3"';
  return `stroke="${colours[line % colours.length]}" stroke-width="1.5"${dashes}`;
}

function label(x: number, y: number, text: string, attributes = ''): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${safe}</text>`;
}

/** The next number that is 1, 2 or 5 times a power of ten; 1 for 0. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= value) ?? value;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function format(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
