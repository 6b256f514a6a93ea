import { readFileSync } from 'node:fs';
import process from 'node:process';
import yargs, { type Argv, type Options, type PositionalOptions } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import { CodedError } from '../protocol/errors.ts';
import type { RawOptions } from './values.ts';

/** A program's command line as data: yargs makes parsing, help, environment and configuration file from it. */
export interface CommandLine {
  readonly program: string;
  /** Prefix of its environment variables. */
  readonly environment: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Options>>;
  readonly commands: readonly Command[];
  /** Arguments and what they do. */
  readonly examples: readonly (readonly [string, string])[];
}

export interface Command {
  /** As yargs writes it: `video <file>`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  readonly options?: Readonly<Record<string, Options>>;
}

/** Columns of the help where there is no terminal that is narrower. */
const widest = 100;

/** What was asked for: some text, such as the help, or a run. */
export type Parsed = { readonly text: string } | { readonly command: string | undefined; readonly options: RawOptions };

/** @throws CodedError BAD_OPTION */
export async function parseCommandLine(commandLine: CommandLine, args: readonly string[]): Promise<Parsed> {
  let text = '';
  let failure: string | undefined;
  const parser = buildParser(commandLine).fail((message, error) => {
    failure ??= message ?? error?.message ?? 'unknown';
  });
  const options = await parser.parseAsync(args, {}, (_error: unknown, _options: unknown, output: string) => {
    text = output;
  });
  if (failure !== undefined) {
    throw new CodedError('BAD_OPTION', describeFailure(failure, commandLine));
  }
  if (text !== '') return { text };
  return { command: options._[0]?.toString(), options };
}

function buildParser({ program, environment, summary, options, commands, examples }: CommandLine): Argv {
  let parser = hideTypes(yargs())
    .scriptName(program)
    .usage(commands.length > 0 ? `${summary}\n\n$0 <source> [options]` : `${summary}\n\n$0 [options]`)
    .parserConfiguration({ 'duplicate-arguments-array': false, 'parse-numbers': false })
    .env(environment)
    .options(withTypes(options))
    .option('config', {
      type: 'string',
      requiresArg: true,
      describe: 'Read options from this JSON file',
      config: true,
      configParser: readConfig,
    })
    .epilogue(
      `Every option may come from the environment, as ${environment}_PORT=9000, or from --config FILE, as {"port": 9000}; the command line goes first.`,
    )
    .version(packageJson.version)
    .help()
    .strict()
    .detectLocale(false)
    .exitProcess(false)
    .wrap(Math.min(widest, process.stdout.columns || widest));
  for (const { usage, describe, positionals = {}, options: own = {} } of commands) {
    parser = parser.command(usage, describe, (command: Argv) => {
      for (const [name, positional] of Object.entries(positionals))
        command.positional(name, { type: 'string', ...positional });
      return command.options(withTypes(own));
    });
  }
  if (commands.length > 0) parser = parser.demandCommand(1, 'Cannot start without a source: camera, video or pattern');
  for (const [args, meaning] of examples) parser = parser.example(`$0 ${args}`, meaning);
  return parser;
}

/** The types of yargs 17, the newest there are, do not know this. */
function hideTypes(parser: Argv): Argv {
  return (parser as Argv & { usageConfiguration(options: object): Argv }).usageConfiguration({ 'hide-types': true });
}

function describeFailure(failure: string, { program, environment }: CommandLine): string {
  const line = failure.split('\n')[0] ?? '';
  // yargs does not tell where an unknown name stood.
  const where = line.startsWith('Unknown')
    ? ` (on the command line, in ${environment}_... or in the --config file)`
    : '';
  return `${line}${where}. \`${program} --help\` lists all options`;
}

/** Options without a type of their own are texts: values.ts reads them, and says better what is wrong with one. */
function withTypes(options: Readonly<Record<string, Options>>): Record<string, Options> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, withType(option)]));
}

function withType(option: Options): Options {
  const usual = option.defaultDescription ?? option.default;
  // yargs prints defaults and types in one; only the defaults tell a person something.
  const describe = typeof usual === 'string' ? `${option.describe} (${usual})` : option.describe;
  const kind: Options = option.type === undefined ? { type: 'string', requiresArg: true } : {};
  return { ...kind, ...option, describe: describe as string };
}

function readConfig(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CodedError('BAD_OPTION', `Cannot read the configuration ${path}: ${(error as Error).message}`);
  }
}
