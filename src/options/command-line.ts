import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import yargs, { type Argv, type Options, type PositionalOptions } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodes } from '../cli/exit-codes.ts';
import { CodedError } from '../protocol/errors.ts';
import { describeFileError } from '../system/file-error.ts';
import { normalizeEnvironment } from './environment.ts';
import type { RawOptions } from './values.ts';

/** A program's command line as data: yargs makes parsing, help, environment and configuration file from it. */
export interface CommandLine {
  readonly program: string;
  /** Prefix of its environment variables. */
  readonly environment: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Options>>;
  readonly commands: readonly Command[];
  /** Options that mean something to these commands alone. */
  readonly optionsOf?: Readonly<Record<string, readonly string[]>>;
  /** Arguments and what they do. */
  readonly examples: readonly (readonly [string, string])[];
}

export interface Command {
  /** As yargs writes it: `camera [device]`. */
  readonly usage: string;
  readonly describe: string;
  /** What to do where there is no such option, in place of a look at the help. */
  readonly hint?: string;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  readonly examples: readonly (readonly [string, string])[];
}

/** Columns of the help where there is no terminal that is narrower. */
const widest = 100;
const maxConfigBytes = 2 ** 20;

/** What was asked for: some text, such as the help, or a run. */
export type Parsed = { readonly text: string } | Run;

export interface Run {
  readonly command: string | undefined;
  readonly options: RawOptions;
  /** What stands behind `--`. */
  readonly passedOn: readonly string[];
  /** It began with `service`: a unit that does the rest is wanted. */
  readonly isService: boolean;
}

/** Goes before everything else on a command line. */
const serviceCommand = 'service';

/** Whether an option says something else than it would if it were not there. */
export function isGiven(raw: RawOptions, name: string, { options }: CommandLine): boolean {
  const value = raw[name];
  return value !== undefined && value !== options[name]?.default;
}

/** @throws CodedError BAD_OPTION */
export async function parseCommandLine(commandLine: CommandLine, words: readonly string[]): Promise<Parsed> {
  const isService = words[0] === serviceCommand;
  const args = isService ? words.slice(1) : words;
  const { commands, environment } = commandLine;
  const positionals = Object.assign({}, ...commands.map((command) => command.positionals ?? {}));
  normalizeEnvironment(process.env, environment, { ...positionals, ...commandLine.options, config: {} });
  checkSwitches(args, commandLine.options);
  let text = '';
  let failure: string | undefined;
  const parser = buildParser(commandLine).fail((message, error) => {
    failure ??= message ?? error?.message ?? 'unknown';
  });
  const take = (_error: unknown, _options: unknown, output: string) => {
    text = output;
  };
  const options = await parse(parser, args, take);
  if (failure !== undefined) throw new CodedError('BAD_OPTION', describeFailure(failure, commandLine, args));
  if (text !== '') return { text };
  const end = args.indexOf('--');
  // As they stand: yargs would make numbers of some.
  const passedOn = end < 0 ? [] : args.slice(end + 1);
  return { command: options._[0]?.toString(), options: takeLast(options, commandLine.options), passedOn, isService };
}

/** Of an option that is given twice the last counts; without arrays yargs would do the same to `folder a b`. */
function takeLast(parsed: RawOptions, options: CommandLine['options']): RawOptions {
  const entries = Object.entries(parsed).map(([name, value]) => {
    return [name, name in options && Array.isArray(value) ? value.at(-1) : value];
  });
  return Object.fromEntries(entries);
}

/** yargs takes `--json=1` for `--no-json`. */
function checkSwitches(args: readonly string[], options: CommandLine['options']): void {
  for (const arg of args) {
    if (arg === '--') return;
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/.exec(arg) ?? [];
    if (options[name]?.type !== 'boolean' || value === 'true' || value === 'false') continue;
    throw new CodedError('BAD_OPTION', `Cannot use --${name} as it must be true or false: it is '${value}'`);
  }
}

type ActiveRecording = (error: unknown, options: unknown, output: string) => void;

/** yargs fails in its own way at names that every object has, such as `--constructor`. */
async function parse(
  parser: Argv,
  args: readonly string[],
  take: ActiveRecording,
): Promise<Awaited<ReturnType<Argv['parseAsync']>>> {
  try {
    return await parser.parseAsync(args, {}, take);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('BAD_OPTION', `Cannot read the options: ${(error as Error).message}`);
  }
}

function buildParser(commandLine: CommandLine): Argv {
  const { program, environment, summary, options, commands } = commandLine;
  let parser = hideTypes(yargs())
    .scriptName(program)
    .usage(commands.length > 0 ? `${summary}\n\n$0 <command> [options]` : `${summary}\n\n$0 [options]`)
    .parserConfiguration({ 'parse-numbers': false, 'populate--': true })
    .env(environment)
    .options(withTypes(options))
    .option('config', {
      type: 'string',
      requiresArg: true,
      describe: 'Read options from this JSON file',
      config: true,
      configParser: (path) => readConfig(path, options),
    })
    .epilogue(describeRest(program, environment))
    .version(packageJson.version)
    .alias('version', 'v')
    .help()
    .alias('help', 'h')
    .strict()
    .detectLocale(false)
    .exitProcess(false)
    .wrap(Math.min(widest, process.stdout.columns || widest));
  for (const { usage, describe, positionals = {}, examples } of commands) {
    parser = parser.command(usage, describe, (command: Argv) => {
      for (const [name, others] of Object.entries(commandLine.optionsOf ?? {})) {
        if (!others.includes(usage.split(' ')[0] ?? '')) command.hide(name);
      }
      for (const [name, positional] of Object.entries(positionals)) {
        command.positional(name, { type: 'string', ...positional });
      }
      return addExamples(command, examples);
    });
  }
  if (commands.length > 0) parser = parser.demandCommand(1, describeSources(commands));
  return addExamples(parser, [...commandLine.examples, ...commands.flatMap((command) => command.examples)]);
}

function addExamples(parser: Argv, examples: CommandLine['examples']): Argv {
  return examples.reduce((before, [args, meaning]) => before.example(`$0 ${args}`, meaning), parser);
}

function describeSources(commands: CommandLine['commands']): string {
  return `Cannot start without a command: ${listNames(commands).join(', ')}`;
}

function listNames(commands: CommandLine['commands']): string[] {
  return commands.map((command) => command.usage.split(' ')[0] ?? '');
}

function describeRest(program: string, environment: string): string {
  const service = `\`${program} ${serviceCommand}\` before all of it prints a systemd unit that does the same from every start of the machine on.`;
  const ways = `Every option may come from the environment, as ${environment}_PORT=9000, or from --config FILE, as {"port": 9000}; the command line goes before the environment, that before the file.`;
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return `${ways}\n\n${service}\n\nExit codes:\n${codes.join('\n')}`;
}

/** The types of yargs 17, the newest there are, do not know this. */
function hideTypes(parser: Argv): Argv {
  return (parser as Argv & { usageConfiguration(options: object): Argv }).usageConfiguration({ 'hide-types': true });
}

function describeFailure(failure: string, { program, commands }: CommandLine, args: readonly string[]): string {
  const line = failure.split('\n')[0] ?? '';
  const advice = `\`${program} --help\` lists all options`;
  const [first = ''] = args;
  const names = listNames(commands);
  if (names.length > 0 && !first.startsWith('-') && first !== '' && !names.includes(first)) {
    return `Cannot start as the command must be one of ${names.join(', ')}: it is '${first}'. ${advice}`;
  }
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(line)?.[1];
  if (unknown === undefined) return `${line}. ${advice}`;
  // The environment has been looked at before.
  const typed = args.find(
    (arg) => arg === unknown || /^-[^-]*/.exec(arg)?.[0].includes(unknown) || arg.split('=')[0] === `--${unknown}`,
  );
  const where = typed === undefined ? 'in the configuration file' : 'on the command line';
  const hint = commands.find(({ usage }) => usage.split(' ')[0] === first)?.hint ?? advice;
  return `Cannot start as there is no option '${typed ?? unknown}' (${where}). ${hint}`;
}

/** Options without a type of their own are texts: values.ts reads them, and says better what is wrong with one. */
function withTypes(options: Readonly<Record<string, Options>>): Record<string, Options> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, withType(option)]));
}

function withType(option: Options): Options {
  const defaultValue = option.defaultDescription ?? option.default;
  // yargs prints defaults and types in one; only the defaults tell a person something.
  const describe = typeof defaultValue === 'string' ? `${option.describe} (${defaultValue})` : option.describe;
  const kind: Options = option.type === undefined ? { type: 'string', requiresArg: true } : {};
  return { ...kind, ...option, describe: describe as string };
}

function readConfig(path: string, options: CommandLine['options']): Record<string, unknown> {
  try {
    const { size } = statSync(path);
    if (!statSync(path).isFile() || size > maxConfigBytes)
      throw new Error(`it must be a file of at most ${maxConfigBytes} bytes`);
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      throw new Error('it must be an object such as {"port": 9000}');
    }
    for (const [name, value] of Object.entries(found)) {
      if (options[name]?.type !== 'boolean' || typeof value === 'boolean') continue;
      throw new Error(`"${name}" must be true or false: it is ${JSON.stringify(value)}`);
    }
    return { ...found };
  } catch (error) {
    throw new CodedError('BAD_OPTION', `Cannot read the configuration ${path}: ${describeFileError(error)}`);
  }
}
