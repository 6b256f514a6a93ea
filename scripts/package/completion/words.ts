import { type CommandLine, listPositionals, serviceCommand } from '../../../src/options/commands.ts';
import type { Option, Options } from '../../../src/options/option.ts';
import { flag } from '../../../src/options/readers.ts';

/** A program's command line as completions need it. */
export interface Words {
  readonly program: string;
  readonly commands: readonly CommandWords[];
  /** Options of every command. */
  readonly options: readonly OptionWord[];
}

export interface CommandWords {
  readonly name: string;
  readonly describe: string;
  /** Its own. */
  readonly options: readonly OptionWord[];
  /** Whether it takes names of files. */
  readonly takesFiles: boolean;
}

export interface OptionWord {
  /** Without the dashes. */
  readonly name: string;
  readonly letter?: string;
  /** Plain text. */
  readonly describe: string;
  readonly value: 'none' | 'text' | 'file' | 'folder' | readonly string[];
}

/** The word before all commands that prints a unit. */
export const serviceWord: CommandWords = {
  name: serviceCommand.command,
  describe: serviceCommand.describe,
  options: [],
  takesFiles: false,
};

const others: readonly OptionWord[] = [
  { name: 'config', describe: 'Read options from this JSON file', value: 'file' },
  { name: 'version', letter: 'v', describe: 'Print the version, and end', value: 'none' },
  { name: 'help', letter: 'h', describe: 'Print the help, and end', value: 'none' },
];

export function listWords({ program, topics, commands }: CommandLine): Words {
  const common: Options = Object.assign({}, ...Object.values(topics));
  return {
    program,
    commands: commands.map((command) => ({
      name: command.command,
      describe: command.describe,
      options: listOptionWords(command.options),
      takesFiles: listPositionals(command).some(([, { holds }]) => holds === 'file'),
    })),
    options: [...listOptionWords(common), ...others],
  };
}

/** Options whose value one of these completes, with their dashes. */
export function listOf(options: readonly OptionWord[], value: OptionWord['value']): string[] {
  return options.filter((option) => option.value === value).map(({ name }) => `--${name}`);
}

/** All options of a program once, of whatever command. */
export function listAll({ options, commands }: Words): OptionWord[] {
  const byName = new Map([...commands.flatMap((command) => command.options), ...options].map((one) => [one.name, one]));
  return [...byName.values()];
}

function listOptionWords(options: Options): OptionWord[] {
  const named = Object.entries(options).filter(([, { positional }]) => !positional);
  return named.map(([name, option]) => ({
    name,
    describe: option.describe.replaceAll('`', ''),
    value: findValue(option),
  }));
}

function findValue({ read, holds }: Option): OptionWord['value'] {
  if (read === flag) return 'none';
  if (read.choices !== undefined) return read.choices;
  if (holds === 'folder') return 'folder';
  return holds === undefined || holds === 'login' ? 'text' : 'file';
}
