import { describeUsage } from '../../src/options/commands.ts';
import type { Option } from '../../src/options/option.ts';
import { flag } from '../../src/options/readers.ts';
import { sinks } from '../../src/sinks/registry.ts';
import { sources } from '../../src/sources/registry.ts';

type Named = readonly [name: string, option: Option];

/** A table of options as Markdown, without the last line end. */
export function formatTable(options: readonly Named[]): string {
  const rows = options.map(([name, option]) => [`\`--${name}\``, describe(option), describeWithout(option)]);
  return [['option', 'what it does', 'without it'], ['---', '---', '---'], ...rows].map(formatRow).join('\n');
}

/** All sinks, each with its page and the first of its options. */
export function formatSinks(): string {
  const rows = sinks.map(({ name, describe, options }) => [
    `[${name}](${name}/README.md)`,
    `\`--${Object.keys(options)[0]}\``,
    describe,
  ]);
  return [['sink', 'option', 'what it does'], ['---', '---', '---'], ...rows].map(formatRow).join('\n');
}

/** All sources, each with its page. */
export function formatSources(): string {
  const rows = sources.map((source) => [
    `[\`${describeUsage(source)}\`](${source.command}/README.md)`,
    lowerFirst(source.describe),
  ]);
  return [['command', 'what it does'], ['---', '---'], ...rows].map(formatRow).join('\n');
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace('|  |', '| |');
}

function describe({ describe: sentence, details }: Option): string {
  const begun = lowerFirst(sentence);
  return details === undefined ? begun : `${begun}. ${details}`;
}

function describeWithout({ without, default: text, read }: Option): string {
  if (without !== undefined) return without.replaceAll(/(?<!`)--[a-z-]+/g, '`$&`');
  return text === undefined || read === flag ? '' : `\`${text}\``;
}

/** A cell begins small, unless with a name such as JPEG. */
function lowerFirst(sentence: string): string {
  return sentence.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}
