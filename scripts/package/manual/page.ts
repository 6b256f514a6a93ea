import { type Command, type CommandLine, describeUsage, listPositionals } from '../../../src/options/commands.ts';
import type { Option, Options } from '../../../src/options/option.ts';
import { flag } from '../../../src/options/readers.ts';
import { bold, example, formatText, item, paragraph, quote, section, subsection } from './roff.ts';

export interface ManualFacts {
  readonly version: string;
  /** Of the program, since 1970. */
  readonly timeSeconds: number;
  /** Paths of the package, for the section FILES. */
  readonly files: readonly (readonly [path: string, meaning: string])[];
}

/** The manual page of a program, section 1, made from its option rows. */
export function formatManual(commandLine: CommandLine, facts: ManualFacts): string {
  const { program, summary, commands, environment, exitCodes } = commandLine;
  const day = new Date(facts.timeSeconds * 1000).toISOString().slice(0, 10);
  const title = [
    quote(program.toUpperCase()),
    '1',
    quote(day),
    quote(`image-socket ${facts.version}`),
    quote('User Commands'),
  ];
  const words = commands.length > 0 ? 'COMMAND [OPTIONS]' : '[OPTIONS]';
  const lines = [
    `.TH ${title.join(' ')}`,
    '.nh',
    '.ad l',
    section('Name'),
    `${formatText(program)} \\- ${formatText(lowerFirst(summary).replace(/\.$/, ''))}`,
    section('Synopsis'),
    ...paragraph(`${bold(program)} ${formatText(words)}`),
    ...paragraph(`${bold(`${program} service`)} ${formatText(words)}`),
    section('Description'),
    ...paragraph(formatText(summary)),
    ...paragraph(
      `${bold(`${program} service`)} ${formatText('prints a systemd unit that runs the rest of the command line at every boot.')}`,
    ),
    ...formatCommands(commands),
    section('Options'),
    ...formatGroups(Object.assign({}, ...Object.values(commandLine.topics))),
    subsection('Others'),
    ...item(`${bold('--config')} \\fIFILE\\fR`, 'Read options from this JSON file, such as {"port": 9000}'),
    ...item(`${bold('--version')}, ${bold('-v')}`, 'Print the version, and end'),
    ...item(`${bold('--help')}, ${bold('-h')}`, 'Print the help, and end'),
    section('Environment'),
    ...paragraph(
      formatText(
        `Every option may come from the environment, as \`${environment}_PORT=9000\`. The command line overrides the environment, and the environment overrides the file of \`--config\`.`,
      ),
    ),
    section('Files'),
    ...facts.files.flatMap(([path, meaning]) => item(`\\fI${formatText(path)}\\fR`, meaning)),
    section('Exit status'),
    ...Object.entries(exitCodes).flatMap(([code, meaning]) => item(bold(code), meaning)),
    section('Examples'),
    ...[...commandLine.examples, ...commands.flatMap((command) => command.examples)].flatMap(([args, meaning]) => [
      ...paragraph(formatText(`${meaning}:`)),
      ...example([`${program} ${args}`]),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function formatCommands(commands: readonly Command[]): string[] {
  if (commands.length === 0) return [];
  const sections = commands.flatMap((command) => [
    subsection(describeUsage(command)),
    ...paragraph(formatText(`${command.describe}.`)),
    ...listPositionals(command).flatMap(([name, option]) => item(`\\fI${formatText(name)}\\fR`, option.describe)),
    ...listNamed(command.options).flatMap(formatOption),
  ]);
  return [section('Commands'), ...sections];
}

function formatGroups(options: Options): string[] {
  const byGroup = Map.groupBy(listNamed(options), ([, { group }]) => group ?? '');
  return [...byGroup].flatMap(([group, rows]) => [subsection(group.replace(/:$/, '')), ...rows.flatMap(formatOption)]);
}

function listNamed(options: Options): [string, Option][] {
  return Object.entries(options).filter(([, { positional }]) => !positional);
}

function formatOption([name, option]: readonly [string, Option]): string[] {
  const { describe, details, default: text, without, read } = option;
  const isSwitch = read === flag;
  const last = without ?? (isSwitch || text === undefined ? '' : `\`${text}\``);
  const sentences = [details === undefined ? describe : `${describe}. ${details}`, last === '' ? '' : ` (${last})`];
  return item(isSwitch ? bold(`--${name}`) : `${bold(`--${name}`)} \\fIVALUE\\fR`, sentences.join(''));
}

function lowerFirst(sentence: string): string {
  return sentence.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}
