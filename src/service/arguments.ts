import { join, resolve } from 'node:path';
import type { CommandLine } from '../options/command-line.ts';
import { badOption, type RawOptions } from '../options/values.ts';
import { CodedError } from '../protocol/errors.ts';
import { escapeSpecifiers, quoteArgument } from './quoting.ts';

/** What was asked for behind `service`, read as any command line is. */
export interface ServiceCommand {
  readonly commandLine: CommandLine;
  readonly command: string | undefined;
  /** As parsed; those from the environment and the configuration file are in it. */
  readonly options: RawOptions;
  /** What stood behind `--`. */
  readonly passedOn: readonly string[];
  /** The folder that relative paths start from. */
  readonly cwd: string;
}

/** Options that name a file with a secret, or with what is trusted. */
const secretFiles: readonly string[] = [
  ...['token-file', 'web-token-file', 'tls-ca', 'tls-cert', 'tls-key'],
  ...['nats-login', 'nats-creds', 'nats-nkey', 'nats-ca', 'nats-cert', 'nats-key'],
];
/** What it holds is in the options already. */
const leftOut: readonly string[] = ['config'];

/** The arguments as words of ExecStart=; those that the program would take for granted are left out. @throws CodedError BAD_OPTION */
export function formatArguments({ commandLine, command, options, passedOn, cwd }: ServiceCommand): string[] {
  const { positionals = {} } = findCommand(commandLine, command);
  const words = command === undefined ? [] : [command];
  for (const [name, { default: defaultValue }] of Object.entries(positionals)) {
    if (!isGiven(options[name], defaultValue)) continue;
    const texts = readWords(options, name);
    words.push(...texts.map((text) => quoteArgument(readsFiles(command) ? resolve(cwd, text) : text)));
  }
  for (const [name, { default: defaultValue }] of Object.entries(commandLine.options)) {
    if (leftOut.includes(name) || !isGiven(options[name], defaultValue)) continue;
    words.push(formatOption(name, options));
  }
  if (passedOn.length > 0) words.push('--', ...passedOn.map(quoteArgument));
  return words;
}

/** The files that systemd, as root, hands to the service: `ID:PATH`. @throws CodedError BAD_OPTION */
export function formatCredentials({ commandLine, options, cwd }: ServiceCommand): string[] {
  return findSecrets(commandLine, options).map((name) => {
    const path = resolve(cwd, readWord(options, name));
    // At the end of a line it would join the next one, and systemd knows no way to escape it here.
    if (path.includes('\\')) throw badOption(name, 'without a backslash in a service', path);
    return `${name}:${escapeSpecifiers(path)}`;
  });
}

function findSecrets(commandLine: CommandLine, options: RawOptions): string[] {
  return secretFiles.filter((name) => name in commandLine.options && options[name] !== undefined);
}

/** All files and folders that must be there when the service starts, absolute. */
export function listNeededPaths(request: ServiceCommand): string[] {
  const { commandLine, options, cwd } = request;
  const secrets = findSecrets(commandLine, options).map((name) => resolve(cwd, readWord(options, name)));
  return [...secrets, ...findSourcePaths(request)];
}

/** The files and folders that the source reads, absolute; of a pattern with `*` the folder above it. */
export function findSourcePaths({ commandLine, command, options, cwd }: ServiceCommand): string[] {
  if (!readsFiles(command)) return [];
  const names = Object.keys(findCommand(commandLine, command).positionals ?? {});
  return names.flatMap((name) => readWords(options, name)).map((text) => findFixedPart(resolve(cwd, text)));
}

function findFixedPart(path: string): string {
  const parts = path.split('/');
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return wild < 0 ? path : join('/', ...parts.slice(0, wild));
}

function findCommand({ commands }: CommandLine, command: string | undefined): Partial<CommandLine['commands'][number]> {
  return commands.find(({ usage }) => usage.split(' ')[0] === command) ?? {};
}

function readsFiles(command: string | undefined): boolean {
  return command === 'video' || command === 'folder';
}

function isGiven(value: unknown, defaultValue: unknown): boolean {
  return value !== undefined && value !== defaultValue && String(value) !== defaultValue;
}

function formatOption(name: string, options: RawOptions): string {
  if (typeof options[name] === 'boolean') return options[name] ? `--${name}` : `--no-${name}`;
  if (secretFiles.includes(name)) return `--${name}=\${CREDENTIALS_DIRECTORY}/${name}`;
  return quoteArgument(`--${name}=${readWord(options, name)}`);
}

function readWords(options: RawOptions, name: string): string[] {
  const value = options[name] ?? [];
  return Array.isArray(value) ? value.map(String) : [readWord(options, name)];
}

function readWord(options: RawOptions, name: string): string {
  const value = options[name];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new CodedError('BAD_OPTION', `Cannot use --${name} as it must be given once: it is ${JSON.stringify(value)}`);
}
