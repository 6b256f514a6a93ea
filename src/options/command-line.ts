import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import yargs, { type Argv, type Options as YargsOptions } from 'yargs';
import { CodedError } from '../errors.ts';
import { describeFileError } from '../system/file-error.ts';
import { badCommandLine, checkWords, plain } from './command-line-errors.ts';
import {
  type Command,
  type CommandLine,
  describeUsage,
  type Example,
  listOptions,
  listOptionsOf,
  listPositionals,
  type ParsedWords,
  serviceCommand,
} from './commands.ts';
import { normalizeEnvironment } from './environment.ts';
import type { Option, Options, RawOptions } from './option.ts';
import { flag } from './readers.ts';
import { describeVersion } from './version.ts';

/** Columns of the help where there is no terminal that is narrower. */
const widest = 100;
const maxConfigBytes = 2 ** 20;

/** The user asks for some text, such as the help, or for a run. */
export type Parsed = { readonly text: string } | Run;

export interface Run extends ParsedWords {
  /** It began with `service`: a unit that does the rest is wanted. */
  readonly isService: boolean;
}

/** @throws CodedError BAD_OPTION */
export async function parseCommandLine(commandLine: CommandLine, words: readonly string[]): Promise<Parsed> {
  const isService = words[0] === serviceCommand.command;
  const args = isService ? words.slice(1) : words;
  const all = listOptions(commandLine);
  normalizeEnvironment(process.env, commandLine.environment, all);
  checkWords(commandLine, args);
  let text = '';
  let failure: string | undefined;
  const parser = buildParser(commandLine).fail((message, error) => {
    failure ??= message ?? error?.message ?? 'unknown';
  });
  const take = (_error: unknown, _options: unknown, output: string) => {
    text = output;
  };
  const options = await parse(
    parser,
    args.map((word) => keepQuotes(word, all)),
    take,
  );
  if (failure !== undefined) throw badCommandLine(failure, commandLine, args);
  if (text !== '') return { text };
  if (options._[0] === serviceCommand.command) throw describeLateService(commandLine.program);
  const end = args.indexOf('--');
  // Unchanged: yargs would make numbers of some.
  const passedOn = end < 0 ? [] : args.slice(end + 1);
  return { command: options._[0]?.toString(), options: takeLast(options, all), passedOn, isService };
}

function describeLateService(program: string): CodedError {
  const place = `goes before all other words: ${program} ${serviceCommand.command} ...`;
  return new CodedError('BAD_OPTION', `Cannot start as '${serviceCommand.command}' ${place}`);
}

/**
 * Of a value behind `=` yargs takes quotes away that stand around it, if the option can stand alone.
 * The shell has done so already: yargs gets one more pair.
 */
function keepQuotes(word: string, options: Options): string {
  const [, name = '', value = ''] = /^--([^=]+)=(["'].*["'])$/s.exec(word) ?? [];
  const isStripped = options[name]?.alone !== undefined && value.at(0) === value.at(-1);
  return isStripped ? `--${name}="${value}"` : word;
}

/**
 * Of an option that is given twice the last counts; without arrays yargs would do the same to
 * `folder a b`.
 */
function takeLast(parsed: RawOptions, options: Options): RawOptions {
  const entries = Object.entries(parsed).map(([name, value]) => {
    return [name, isOnce(options[name]) && Array.isArray(value) ? value.at(-1) : value];
  });
  return Object.fromEntries(entries);
}

function isOnce(option: Option | undefined): boolean {
  return option !== undefined && !option.positional;
}

type TakeOutput = (error: unknown, options: unknown, output: string) => void;

async function parse(
  parser: Argv,
  args: readonly string[],
  take: TakeOutput,
): Promise<Awaited<ReturnType<Argv['parseAsync']>>> {
  try {
    return await parser.parseAsync(args, {}, take);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('BAD_OPTION', `Cannot read the options: ${(error as Error).message}`);
  }
}

function buildParser(commandLine: CommandLine): Argv {
  const { program, environment, summary, commands, hasMain } = commandLine;
  const named = listNamed(listOptions(commandLine));
  const options = Object.fromEntries(named);
  let parser = hideTypes(yargs())
    .scriptName(program)
    .usage(`${summary}\n\n$0 ${hasMain ? '' : '<command> '}[options]`)
    .parserConfiguration({ 'parse-numbers': false, 'dot-notation': false, 'populate--': true })
    .env(environment)
    .options(
      Object.fromEntries(named.map(([name, option]) => [name, toYargs(option, describeAll(commands, name, option))])),
    )
    .option('config', {
      type: 'string',
      requiresArg: true,
      describe: 'Read options from this JSON file',
      config: true,
      configParser: (path) => readConfig(path, options),
    })
    .epilogue(describeRest(commandLine))
    .version(describeVersion(program))
    .alias('version', 'v')
    .help()
    .alias('help', 'h')
    .strict()
    .detectLocale(false)
    .exitProcess(false)
    .wrap(Math.min(widest, process.stdout.columns || widest));
  for (const command of commands) {
    const foreign = findForeign(commandLine, command);
    parser = parser.command(describeUsage(command), command.describe, (own: Argv) => {
      for (const name of foreign) own.hide(name);
      // Without it the option may do something else than with another command.
      for (const [name, option] of listNamed(command.options)) own.describe(name, describeOption(option));
      for (const [name, option] of listPositionals(command)) {
        own.positional(name, { type: 'string', describe: plain(option.describe) });
      }
      return addExamples(own, command.examples);
    });
  }
  // For the list of commands alone: the word is gone before yargs reads the rest.
  parser = parser.command(serviceCommand.command, serviceCommand.describe, (own: Argv) => own);
  if (!hasMain) parser = parser.demandCommand(1);
  return addExamples(parser, [...commandLine.examples, ...commands.flatMap((command) => command.examples)]);
}

function listNamed(options: Options): [name: string, option: Option][] {
  return Object.entries(options).filter(([, { positional }]) => !positional);
}

/** Options of other commands alone. */
function findForeign(commandLine: CommandLine, { options, isApart }: Command): string[] {
  const others = commandLine.commands.flatMap((command) => Object.entries(command.options));
  if (isApart) others.push(...Object.entries(listOptionsOf(commandLine, undefined)));
  return others.flatMap(([name, { positional }]) => (positional || name in options ? [] : [name]));
}

function addExamples(parser: Argv, examples: readonly Example[]): Argv {
  return examples.reduce((before, [args, meaning]) => before.example(`$0 ${args}`, meaning), parser);
}

function describeRest({ program, environment, exitCodes }: CommandLine): string {
  const service = `\`${program} ${serviceCommand.command} ...\` prints a systemd unit that runs the rest of the command line at every boot. Its place is /etc/systemd/system/${program}.service.`;
  const ways = `Every option may come from the environment, as ${environment}_PORT=9000, or from --config FILE, as {"port": 9000}; the command line overrides the environment, and the environment overrides the file.`;
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return `${ways}\n\n${service}\n\nExit codes:\n${codes.join('\n')}`;
}

/** The types of yargs 17, the newest there are, do not know this. */
function hideTypes(parser: Argv): Argv {
  return (parser as Argv & { usageConfiguration(options: object): Argv }).usageConfiguration({ 'hide-types': true });
}

/**
 * To yargs all but switches are texts without a default: the readers say better what is wrong with
 * one.
 */
function toYargs({ group, read, alone }: Option, describe: string): YargsOptions {
  const heading = group === undefined ? {} : { group };
  if (read === flag) return { ...heading, describe, type: 'boolean' };
  return { ...heading, describe, type: 'string', requiresArg: alone === undefined };
}

/**
 * For the help of all commands: `95; video 20` says what happens without the option. Of sentences
 * that differ, the longest says what the others say too.
 */
function describeAll(commands: readonly Command[], name: string, option: Option): string {
  const having = commands.filter(({ options, isApart }) => name in options && !isApart);
  const rows = having.map(({ options }) => options[name] ?? option);
  const [fullest = option] = rows.sort((one, other) => other.describe.length - one.describe.length);
  const byText = Map.groupBy(having, ({ options }) => describeWithout(options[name] ?? option));
  const [most, ...others] = [...byText].sort(([, one], [, other]) => other.length - one.length);
  if (most === undefined) return describeOption(option);
  const exceptions = others.map(([text, some]) => `${some.map(({ command }) => command).join(', ')} ${text}`);
  return describeOption(fullest, [most[0], ...exceptions].join('; '));
}

/** yargs prints defaults and types in one; only the defaults tell a person something. */
function describeOption(option: Option, without = describeWithout(option)): string {
  return plain(without === '' ? option.describe : `${option.describe} (${without})`);
}

function describeWithout({ default: text, without, read }: Option): string {
  return without ?? (read === flag ? '' : (text ?? ''));
}

function readConfig(path: string, options: Options): Record<string, unknown> {
  try {
    const { size } = statSync(path);
    if (!statSync(path).isFile() || size > maxConfigBytes)
      throw new Error(`it must be a file of at most ${maxConfigBytes} bytes`);
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      throw new Error('it must be an object such as {"port": 9000}');
    }
    const settings = Object.entries(found).filter(([name, value]) => !isUnset(value, options[name]));
    for (const [name, value] of settings) checkConfigured(name, value, options);
    return Object.fromEntries(settings);
  } catch (error) {
    throw new CodedError('BAD_OPTION', `Cannot read the configuration ${path}: ${describeFileError(error)}`);
  }
}

/** `"save": false` and `"save": null` leave an option out that can be left out. */
function isUnset(value: unknown, option: Option | undefined): boolean {
  const isSwitch = option?.read === flag;
  return value === null || (value === false && !isSwitch && option !== undefined && option.default === undefined);
}

function checkConfigured(name: string, value: unknown, options: Options): void {
  // yargs fails in its own way at names that every object has.
  if (name in Object.prototype) throw new Error(`there is no option "${name}"`);
  if (name === 'config') throw new Error('"config" is for the command line and the environment: leave it out');
  const isSwitch = options[name]?.read === flag;
  const isGood = isSwitch
    ? typeof value === 'boolean'
    : ['string', 'number'].includes(typeof value) || Array.isArray(value);
  if (isGood) return;
  const wanted = isSwitch ? 'true or false' : 'a text or a number';
  throw new Error(`"${name}" must be ${wanted}: it is ${JSON.stringify(value)}`);
}
