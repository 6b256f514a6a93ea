import { CodedError } from '../errors.ts';
import type { Option, Options, RawOptions } from './option.ts';
import { checkRelations } from './read-options.ts';

/** Arguments, and what they do. */
export type Example = readonly [args: string, meaning: string];

/** A program's command line as data. */
export interface CommandLine {
  readonly program: string;
  /** Prefix of its environment variables. */
  readonly environment: string;
  readonly summary: string;
  /** Of every command, by topic: a page shows those of one topic. */
  readonly topics: Readonly<Record<string, Options>>;
  readonly commands: readonly Command[];
  /** Without a command it does something of its own. */
  readonly hasMain?: true;
  readonly examples: readonly Example[];
  /** For the help. */
  readonly exitCodes: Readonly<Record<number, string>>;
  readonly service: ServiceHabits;
}

/** Goes before everything else on a command line. */
export const serviceCommand = {
  command: 'service',
  describe: 'Print a systemd unit that runs the rest of the command line at every boot',
} as const;

export interface Command {
  readonly command: string;
  readonly describe: string;
  /** Advice for an option that does not exist, in place of a look at the help. */
  readonly hint?: string;
  readonly examples: readonly Example[];
  /**
   * Those of this command, its positionals among them in their order. Another command may have some
   * of them too.
   */
  readonly options: Options;
  /** It takes words behind `--` for another program. */
  readonly passesOn?: true;
  /** It has no options but its own. */
  readonly isApart?: true;
  /** The needs of a service; `refused` says why there can be none. */
  readonly needs?: { readonly devices?: Devices; readonly refused?: string };
}

/** `camera`: video devices. `libcamera`: what libcamera opens too. */
export type Devices = 'camera' | 'libcamera';

/** How a program behaves as a service. */
export interface ServiceHabits {
  /** The one folder that it writes to; undefined: it writes none. */
  readonly stateFolder?: string;
  /** Bytes of frames that it may hold at once. @throws CodedError BAD_OPTION */
  memoryBytes(raw: RawOptions): number;
  /** A comment in the unit: when the program reports to systemd that all is well. */
  readonly watchdog: string;
}

/** Words as they were parsed. */
export interface ParsedWords {
  readonly command: string | undefined;
  readonly options: RawOptions;
  /** The words behind `--`. */
  readonly passedOn: readonly string[];
}

export function findCommand({ commands }: CommandLine, name: string | undefined): Command | undefined {
  return commands.find(({ command }) => command === name);
}

/** Of every command. */
function listCommonOptions({ topics }: CommandLine): Options {
  return Object.assign({}, ...Object.values(topics));
}

/** All of the program. Where a command that is apart has one of the same name, it is the program's. */
export function listOptions(commandLine: CommandLine): Options {
  const { commands } = commandLine;
  const apart = commands.filter(({ isApart }) => isApart).map(({ options }) => options);
  const own = commands.filter(({ isApart }) => !isApart).map(({ options }) => options);
  return Object.assign({}, ...apart, listCommonOptions(commandLine), ...own);
}

/** Those that mean something to the command. */
export function listOptionsOf(commandLine: CommandLine, command: string | undefined): Options {
  const { isApart, options } = findCommand(commandLine, command) ?? {};
  return isApart ? { ...options } : { ...listCommonOptions(commandLine), ...options };
}

export function listPositionals({ options }: Command): [name: string, option: Option][] {
  return Object.entries(options).filter(([, { positional }]) => positional);
}

/**
 * As the help writes it: `camera [device]`. Not `<device>`: it may also come from the environment
 * or the configuration.
 */
export function describeUsage(command: Command): string {
  const names = listPositionals(command).map(([name, { many }]) => `[${name}${many ? '..' : ''}]`);
  return [command.command, ...names].join(' ');
}

/** Refuses what the command has no use for. @throws CodedError BAD_OPTION */
export function checkRun(commandLine: CommandLine, { command, options, passedOn }: ParsedWords): void {
  const known = listOptionsOf(commandLine, command);
  for (const name of Object.keys(listOptions(commandLine))) {
    if (name in known || options[name] === undefined || options[name] === false) continue;
    const others = commandLine.commands.filter((other) => name in other.options).map((other) => other.command);
    const advice = others.length > 0 ? `it is for ${others.join(', ')}` : 'leave it out';
    throw new CodedError('BAD_OPTION', `Cannot use --${name} with ${command ?? 'no command'}: ${advice}`);
  }
  if (passedOn.length > 0 && !findCommand(commandLine, command)?.passesOn) {
    const others = commandLine.commands.filter(({ passesOn }) => passesOn).map((other) => other.command);
    const why =
      others.length > 0 ? `only ${others.join(', ')} accepts options there` : 'there is no program to pass it to';
    throw new CodedError('BAD_OPTION', `Cannot pass on '${passedOn[0]}' behind --: ${why}`);
  }
  checkRelations(known, options);
}
