import { CodedError } from '../errors.ts';
import { type Conflict, isGiven, type Option, type Options, type RawOptions, type Values } from './option.ts';
import { badOption } from './readers.ts';

/** The values of options: what was typed, or the default. @throws CodedError BAD_OPTION */
export function readOptions<R extends Options>(options: R, raw: RawOptions): Values<R> {
  const values = Object.entries(options).map(([name, option]) => [name, readOption(name, option, raw[name])]);
  return Object.fromEntries(values) as Values<R>;
}

function readOption(name: string, option: Option, value: unknown): unknown {
  const { default: defaultText, required } = option;
  if (option.many) return readMany(name, option, value);
  if (value === undefined && required !== undefined) throw new CodedError('BAD_OPTION', required);
  const typed = value === '' ? (option.alone ?? '') : (value ?? defaultText);
  return typed === undefined ? undefined : option.read(readText(name, typed), name);
}

function readMany(name: string, { read, required }: Option, value: unknown): unknown[] {
  const texts = Array.isArray(value) ? value.map(String) : value === undefined ? [] : [readText(name, value)];
  if (texts.length === 0 && required !== undefined) throw new CodedError('BAD_OPTION', required);
  return texts.map((text) => read(text, name));
}

function readText(name: string, value: unknown): string {
  if (Array.isArray(value)) throw badOption(name, 'given once', value.join(', '));
  const text = String(value).trim();
  if (text === '') throw badOption(name, 'given a value', text);
  return text;
}

/**
 * Refuses options that would do nothing, or contradict each other: a user would find it out too
 * late.
 * @throws CodedError BAD_OPTION
 */
export function checkRelations(options: Options, raw: RawOptions): void {
  const isUsed = (name: string) => {
    const option = options[name];
    return option !== undefined && raw[name] !== false && isGiven(option, raw[name]);
  };
  for (const [name, option] of Object.entries(options)) {
    if (!isUsed(name)) continue;
    checkNeeds(name, option, options, isUsed);
    for (const [other, found] of Object.entries(option.notWith ?? {})) {
      const conflict = typeof found === 'string' ? { why: found } : found;
      if (isUsed(other) && applies(conflict, raw[name], raw[other]) && !(conflict.unless ?? []).some(isUsed)) {
        throw new CodedError('BAD_OPTION', describeConflict(name, other, conflict, options));
      }
    }
  }
}

type IsUsed = (name: string) => boolean;

function checkNeeds(name: string, { needs = [] }: Option, options: Options, isUsed: IsUsed): void {
  for (const need of [needs].flat()) {
    // An option of both programs may name one that only the other program has.
    const alternatives = [need].flat().filter((other) => other in options);
    if (alternatives.length === 0 || alternatives.some(isUsed)) continue;
    throw new CodedError('BAD_OPTION', `Cannot use --${name} without ${listNames(alternatives)}`);
  }
}

function applies({ is, when }: Conflict, value: unknown, otherValue: unknown): boolean {
  return (is === undefined || String(otherValue) === is) && (when === undefined || String(value) === when);
}

function describeConflict(name: string, other: string, { is, when, unless, why }: Conflict, options: Options): string {
  const [first, second] = [describeOption(name, when, options), describeOption(other, is, options)];
  const exception = unless === undefined ? '' : ` without ${listNames(unless)}`;
  return `Cannot use ${first} with ${second}${exception}, ${why}`;
}

function describeOption(name: string, value: string | undefined, options: Options): string {
  const typed = options[name]?.positional ? name.toUpperCase() : `--${name}`;
  return value === undefined ? typed : `${typed} ${value}`;
}

/** `--a, --b or --c` */
function listNames(names: readonly string[]): string {
  const flags = names.map((name) => `--${name}`);
  return flags.length < 2 ? flags.join('') : `${flags.slice(0, -1).join(', ')} or ${flags.at(-1)}`;
}
