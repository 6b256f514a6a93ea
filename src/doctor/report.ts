import { styleText } from 'node:util';
import type { CameraInfo } from '../sources/camera-info.ts';
import type { Check, CheckState, Fix } from './check.ts';

/** The result of all checks, and the next command to type. */
export interface Report {
  readonly checks: readonly Check[];
  /** The obstacle to sending pictures; undefined: there is none. */
  readonly problem: 'camera' | 'receiver' | 'NATS' | undefined;
  /** The camera to send; undefined: none can be sent. */
  readonly camera: Pick<CameraInfo, 'source' | 'id' | 'name'> | undefined;
  /** One line. */
  readonly summary: string;
  readonly next: Fix;
}

const defaultColumns = 100;
const fewestColumns = 40;
const stateWidth = 9;
const nameWidth = 10;
const indent = ' '.repeat(stateWidth + nameWidth);

const colors = { ok: 'green', warning: 'yellow', missing: 'red', unknown: 'cyan' } as const satisfies Record<
  CheckState,
  string
>;

/**
 * The report for a person: one screen, with the most important line last. Has no line end at its
 * end.
 */
export function formatReport(report: Report, isColored: boolean, columns = defaultColumns): string {
  const width = Math.min(Math.max(columns, fewestColumns), defaultColumns);
  const style: Style = isColored
    ? (format, text) => styleText(format, text, { validateStream: false })
    : (_, text) => text;
  const lines = report.checks.flatMap((check) => formatCheck(check, width, style));
  const place = report.next.on === undefined ? '' : ` on ${report.next.on}`;
  const summary = wrap(`${report.summary} Type this next${place}:`, width);
  return [...lines, '', ...summary, '', `    ${style('bold', report.next.command)}`].join('\n');
}

type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

function formatCheck({ name, state, detail, fix }: Check, width: number, style: Style): string[] {
  const [first = '', ...rest] = wrap(detail, width - indent.length);
  const lines = [`${style(colors[state], state.padEnd(stateWidth))}${name.padEnd(nameWidth)}${first}`];
  lines.push(...rest.map((line) => `${indent}${line}`));
  if (fix !== undefined && state !== 'ok') {
    const place = fix.on === undefined ? '' : `on ${fix.on}: `;
    lines.push(`${indent}${style('dim', '->')} ${place}${fix.command}`);
  }
  return lines;
}

/** Lines of at most that width. */
function wrap(text: string, width: number): string[] {
  const words = text.split(' ').flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * The report for a program: one line of JSON, in which null stands for values that are not there.
 */
export function formatReportAsJson(report: Report): string {
  const { problem, camera, summary, next, checks } = report;
  return JSON.stringify({ canSend: problem === undefined, problem, camera, summary, next, checks }, (_, value) =>
    value === undefined ? null : value,
  );
}
