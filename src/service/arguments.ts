import { join, resolve } from 'node:path';
import { CodedError } from '../errors.ts';
import { type CommandLine, listOptions, listOptionsOf, type ParsedWords } from '../options/commands.ts';
import { isGiven, type Option, type RawOptions } from '../options/option.ts';
import { badOption } from '../options/readers.ts';
import { splitWords } from '../system/split-words.ts';
import { escapeSpecifiers, quoteArgument } from './quoting.ts';

/**
 * The command line behind `service`, read as any is: what the environment and the configuration
 * file say is in it.
 */
export interface ServiceCommand extends ParsedWords {
  readonly commandLine: CommandLine;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** More files that systemd hands to the service, absolute, by their ids. */
  readonly credentials?: Readonly<Record<string, string>>;
}

type Named = readonly [name: string, option: Option];

/**
 * The arguments as words of ExecStart=; those that the program would take for granted are left out.
 * @throws CodedError BAD_OPTION
 */
export function formatArguments(request: ServiceCommand): string[] {
  const { command, options, passedOn, cwd } = request;
  const words = command === undefined ? [] : [command];
  for (const [name, { holds }] of listPositionals(request)) {
    const texts = readWords(options, name);
    words.push(...texts.map((text) => quoteArgument(holds === 'file' ? resolve(cwd, text) : text)));
  }
  for (const named of listGiven(request)) words.push(formatOption(named, options));
  if (passedOn.length > 0) words.push('--', ...passedOn.map(quoteArgument));
  return words;
}

/**
 * The files that systemd, as root, hands to the service: `ID:PATH`.
 * @throws CodedError BAD_OPTION
 */
export function formatCredentials(request: ServiceCommand): string[] {
  return listCredentials(request).map(([name, path]) => {
    // At the end of a line it would join the next one, and systemd knows no way to escape it
    // here.
    if (path.includes('\\')) throw badOption(name, 'without a backslash in a service', path);
    return `${name}:${escapeSpecifiers(path)}`;
  });
}

function listCredentials(request: ServiceCommand): [name: string, path: string][] {
  const named = listGiven(request).filter(isCredential);
  const { credentials = {}, cwd, options } = request;
  return [
    ...named.map(([name]): [string, string] => [name, resolve(cwd, readWord(options, name))]),
    ...Object.entries(credentials),
  ];
}

/** All files and folders that must be there when the service starts, absolute. */
export function listNeededPaths(request: ServiceCommand): string[] {
  const paths = listCredentials(request).map(([, path]) => path);
  return [...paths, ...findSourcePaths(request)];
}

/** The files that the words of commands name, absolute. */
export function findCommandPaths({ options, ...request }: ServiceCommand): string[] {
  const commands = listGiven({ ...request, options }).filter(([, { service }]) => service?.isCommand);
  // A shell has rules of its own for words.
  if (options['hook-shell'] === true) return [];
  const words = commands.flatMap(([name]) => splitWords(readWord(options, name)));
  return words.filter((word) => word.startsWith('/'));
}

/**
 * The files and folders that the source reads, absolute; of a pattern with `*` the folder above it.
 */
export function findSourcePaths(request: ServiceCommand): string[] {
  const files = listPositionals(request).filter(([, { holds }]) => holds === 'file');
  const texts = files.flatMap(([name]) => readWords(request.options, name));
  return texts.map((text) => findFixedPart(resolve(request.cwd, text)));
}

/** Options of the whole program that say something else than none would. */
export function listGiven({ commandLine, options }: ServiceCommand): Named[] {
  return Object.entries(listOptions(commandLine)).filter(
    ([name, option]) => !option.positional && isGiven(option, options[name]),
  );
}

function listPositionals({ commandLine, command, options }: ServiceCommand): Named[] {
  return Object.entries(listOptionsOf(commandLine, command)).filter(
    ([name, option]) => option.positional && isGiven(option, options[name]),
  );
}

function isCredential([, { holds }]: Named): boolean {
  return holds === 'secret' || holds === 'trust';
}

function findFixedPart(path: string): string {
  const parts = path.split('/');
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return wild < 0 ? path : join('/', ...parts.slice(0, wild));
}

function formatOption(named: Named, options: RawOptions): string {
  const [name] = named;
  if (typeof options[name] === 'boolean') return options[name] ? `--${name}` : `--no-${name}`;
  if (isCredential(named)) return `--${name}=\${CREDENTIALS_DIRECTORY}/${name}`;
  return quoteArgument(`--${name}=${readWord(options, name)}`);
}

function readWords(options: RawOptions, name: string): string[] {
  const value = options[name] ?? [];
  return Array.isArray(value) ? value.map(String) : [readWord(options, name)];
}

/** The text of an option that is given. @throws CodedError BAD_OPTION */
export function readWord(options: RawOptions, name: string): string {
  const value = options[name];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new CodedError('BAD_OPTION', `Cannot use --${name} as it must be given once: it is ${JSON.stringify(value)}`);
}
