import { glob, readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { type CommandLine, listOptions } from '../../src/options/commands.ts';
import type { Option, Options } from '../../src/options/option.ts';
import { readKept } from '../bench/report/kept.ts';
import { fillFigures } from '../bench/report/page.ts';
import { rows } from '../bench/rows.ts';
import { formatSinks, formatSources, formatTable } from './table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const block = /(<!-- options: ([^>]*?) -->\n)[\s\S]*?(<!-- \/options -->)/g;
const listBlock = /(<!-- (sources|sinks) -->\n)[\s\S]*?(<!-- \/(?:sources|sinks) -->)/g;

/** Those that yargs and the reading of options make, in every program. */
const commonOptions = {
  config: { describe: 'Read options from this JSON file', read: String },
  version: { describe: 'Print the version, and end (`-v`)', read: String },
  help: { describe: 'Print the help, and end (`-h`)', read: String },
} satisfies Options;

/** Pages that may have tables: those that people read. */
export async function listPages(): Promise<string[]> {
  const pages: string[] = [];
  for await (const path of glob(['*.md', 'src/**/*.md', 'scripts/**/*.md'], { cwd: root }))
    pages.push(`${root}${path}`);
  return pages.sort();
}

/** Fills all pages, and prints which have changed. */
export async function fillPages(): Promise<void> {
  for (const path of await listPages()) {
    const before = await readFile(path, 'utf8');
    const after = fillPage(path, before);
    if (after === before) continue;
    await writeFile(path, after);
    process.stdout.write(`filled the tables of ${path}\n`);
  }
}

/**
 * The page with each table as the options make it, and with the figures that the bench keeps.
 * @throws Error for a table of nothing that there is
 */
export function fillPage(path: string, page: string): string {
  const text = fillFigures(page, rows, readKept());
  const tables = listTables();
  const withLists = text.replaceAll(listBlock, (_, begin: string, what: string, end: string) => {
    return `${begin}${what === 'sinks' ? formatSinks() : formatSources()}\n${end}`;
  });
  return withLists.replaceAll(block, (_, begin: string, name: string, end: string) => {
    const options = tables.get(name);
    if (options === undefined) {
      const known = [...tables.keys()].join(', ');
      throw new Error(`Cannot fill the table '${name}' in ${relative(root, path)}: it must be one of ${known}`);
    }
    return `${begin}${formatTable(options)}\n${end}`;
  });
}

/** The names that a marker may have: a program, or a program and a topic or a command. */
export function listTables(): Map<string, readonly (readonly [string, Option])[]> {
  const tables = new Map<string, Options>();
  for (const commandLine of [senderCommandLine, receiverCommandLine]) {
    const { program, topics, commands } = commandLine;
    tables.set(program, { ...listOptions(commandLine), ...commonOptions });
    for (const [topic, options] of Object.entries(topics)) tables.set(`${program} ${topic}`, options);
    for (const { command, options } of commands) tables.set(`${program} ${command}`, options);
  }
  return new Map([...tables].map(([name, options]) => [name, listNamed(options)]));
}

function listNamed(options: Options): [string, Option][] {
  return Object.entries(options).filter(([, { positional }]) => !positional);
}

/** The programs' options, for the test that each is on a page. */
export const commandLines: readonly CommandLine[] = [senderCommandLine, receiverCommandLine];
