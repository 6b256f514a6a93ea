// Errors of a command line, in place of those of yargs: each is one line that says what to type.
import { CodedError } from '../errors.ts';
import { type CommandLine, listOptions } from './commands.ts';
import { flag } from './readers.ts';
import { findNearest } from './suggest.ts';

/**
 * Finds the words that yargs would read in its own way: it takes `--json=1` for `--no-json` and
 * `--no-port` for `--port false`, and it fails at names that every object has, such as
 * `--constructor`.
 * @throws CodedError BAD_OPTION
 */
export function checkWords(commandLine: CommandLine, args: readonly string[]): void {
  const options = listOptions(commandLine);
  for (const arg of args) {
    if (arg === '--') return;
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) continue;
    const [, denied = ''] = /^no-(.+)$/.exec(name) ?? [];
    const isOfObjects = name in Object.prototype || denied in Object.prototype;
    const isNoSwitch = Object.hasOwn(options, denied) && options[denied]?.read !== flag;
    if (isOfObjects || isNoSwitch) throw unknownOption(name, commandLine, args);
    if (value === undefined || options[name]?.read !== flag || value === 'true' || value === 'false') continue;
    throw new CodedError('BAD_OPTION', `Cannot use --${name} as it must be true or false: it is '${value}'`);
  }
}

/** The error for a message of yargs. */
export function badCommandLine(failure: string, commandLine: CommandLine, args: readonly string[]): CodedError {
  const line = failure.split('\n')[0] ?? '';
  const { commands, hasMain } = commandLine;
  const advice = adviseHelp(commandLine);
  const commandNames = commands.map(({ command }) => command);
  const names = commandNames.join(', ');
  const [first = ''] = args;
  const isWord = first !== '' && !first.startsWith('-');
  if (names !== '' && isWord && !commandNames.includes(first)) {
    const nearest = findNearest(first, commandNames);
    const must = hasMain ? 'a command must be' : 'the command must be';
    const message = `Cannot start as ${must} one of ${names}: it is '${first}'`;
    return new CodedError('BAD_OPTION', `${message}. ${nearest === undefined ? advice : `Did you mean ${nearest}?`}`);
  }
  if (/^Not enough non-option arguments/.test(line)) {
    return new CodedError('BAD_OPTION', `Cannot start without a command: it must be one of ${names}. ${advice}`);
  }
  const [, valueless] = /^(?:Not enough arguments following|Missing argument values?): ([^,]+)/.exec(line) ?? [];
  if (valueless !== undefined) return missingValue(valueless, commandLine);
  const [, unknown] = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(line) ?? [];
  if (unknown !== undefined) return unknownOption(unknown, commandLine, args);
  // Errors of the configuration file are ours.
  const message = line.startsWith('Cannot ') ? line : `Cannot read the command line: ${line}`;
  return new CodedError('BAD_OPTION', `${message}. ${advice}`);
}

/** A terminal shows backticks as they are. */
export function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}

function missingValue(name: string, commandLine: CommandLine): CodedError {
  const describe = name === 'config' ? 'a JSON file with options' : listOptions(commandLine)[name]?.describe;
  const meaning = describe === undefined ? '' : ` (${plain(describe)})`;
  const message = `Cannot use --${name} without a value: type --${name} VALUE${meaning}`;
  return new CodedError('BAD_OPTION', `${message}. ${adviseHelp(commandLine)}`);
}

/** @param unknown the name or the word, as yargs reports it: without its dashes */
function unknownOption(unknown: string, commandLine: CommandLine, args: readonly string[]): CodedError {
  // The environment has been looked at before.
  const typed = args.find(
    (arg) => arg === unknown || /^-[^-]*/.exec(arg)?.[0].includes(unknown) || arg.split('=')[0] === `--${unknown}`,
  );
  const where = typed === undefined ? 'in the configuration file' : 'on the command line';
  const own = commandLine.commands.find(({ command }) => command === args[0])?.hint;
  const isWord = typed !== undefined && !typed.startsWith('-');
  const fault = isWord ? `no option takes the word '${typed}'` : `there is no option '${typed ?? unknown}'`;
  const nearest = isWord ? undefined : findNearest(unknown, Object.keys(listOptions(commandLine)));
  const advice = nearest === undefined ? (own ?? adviseHelp(commandLine)) : `Did you mean --${nearest}?`;
  return new CodedError('BAD_OPTION', `Cannot start as ${fault} (${where}). ${advice}`);
}

function adviseHelp({ program }: CommandLine): string {
  return `\`${program} --help\` lists all options`;
}
