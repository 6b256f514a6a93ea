import type { Option } from '../../src/options/option.ts';
import { flag } from '../../src/options/readers.ts';

type Named = readonly [name: string, option: Option];

/** A table of options as Markdown, without the last line end. */
export function formatTable(options: readonly Named[]): string {
  const rows = options.map(([name, option]) => [`\`--${name}\``, describe(option), describeWithout(option)]);
  return [['option', 'what it does', 'without it'], ['---', '---', '---'], ...rows].map(formatRow).join('\n');
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace('|  |', '| |');
}

/** A cell begins small, unless with a name. */
function describe({ describe: sentence, details }: Option): string {
  const begun = sentence.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
  return details === undefined ? begun : `${begun}. ${details}`;
}

function describeWithout({ without, default: text, read }: Option): string {
  if (without !== undefined) return without.replaceAll(/(?<!`)--[a-z-]+/g, '`$&`');
  return text === undefined || read === flag ? '' : `\`${text}\``;
}
