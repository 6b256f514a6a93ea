import { withoutBrackets } from '../network/address.ts';
// From the text of an option to its value. Options come from the command line, the environment or a file, so all are text first.
import { CodedError } from '../protocol/errors.ts';
import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';
import { parseBytes, writeBytes } from '../system/byte-units.ts';

/** A frame a day. */
const minRate = 1 / 86_400;

/** Options as parsed, by their long names. */
export type RawOptions = Readonly<Record<string, unknown>>;

const millisecondsOf: Readonly<Record<string, number>> = {
  '': 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A whole number within limits. */
export function readInteger(options: RawOptions, name: string, min: number, max: number): number {
  const text = readText(options, name);
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw badOption(name, `a whole number from ${min} to ${max}`, text);
  return value;
}

/** A time such as 10, 10s, 500ms or 5m, as milliseconds. A bare number is seconds. */
export function readDurationMs(options: RawOptions, name: string): number {
  const text = readText(options, name);
  const ms = parseMs(text);
  // Timers count milliseconds in 31 bits; longer ones would fire at once.
  if (!(ms <= 2 ** 31 - 1)) throw badOption(name, 'a time such as 10, 10s, 500ms or 5m, at most 24d', text);
  return ms;
}

/** An age: as a time, which may be long; at least a second. */
export function readAgeMs(options: RawOptions, name: string): number {
  const text = readText(options, name);
  const ms = /\d$/.test(text) ? Number.NaN : parseMs(text);
  if (!(ms >= 1000 && ms <= Number.MAX_SAFE_INTEGER)) throw badOption(name, 'a time such as 12h, 7d or 8w', text);
  return ms;
}

/** NaN where it is none. */
export function parseMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w|)$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (millisecondsOf[match[2] ?? ''] as number);
}

/** A time-out: as a time, 0 stands for never. */
export function readTimeoutMs(options: RawOptions, name: string): number {
  return readDurationMs(options, name) || 2 ** 31 - 1;
}

/** A number of bytes such as 65536, 512K, 20GB or 16MiB. */
export function readBytes(options: RawOptions, name: string, min: number, max: number): number {
  const text = readText(options, name);
  const value = parseBytes(text);
  if (!(value >= min && value <= max)) {
    throw badOption(name, `a number of bytes from ${writeBytes(min)} to ${writeBytes(max)}, such as 16M`, text);
  }
  return value;
}

/** A size such as 480x315, each side from 1 to 65500 pixels, the most that a JPEG of OpenCV's may have. */
export function readSize(options: RawOptions, name: string, maxPixels = Number.POSITIVE_INFINITY): PictureSize {
  const text = readText(options, name);
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  const [width, height] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (width < 1 || height < 1 || width > 65500 || height > 65500) {
    throw badOption(name, 'WIDTHxHEIGHT such as 480x315', text);
  }
  if (width * height > maxPixels) throw badOption(name, `of at most ${maxPixels} pixels`, text);
  return { width, height };
}

/** A number of frames per second, above 0 and up to 1000. */
export function readRate(options: RawOptions, name: string): number {
  const text = readText(options, name);
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= minRate && value <= 1000)) throw badOption(name, 'a number above 0 and up to 1000', text);
  return value;
}

/** A text of at least one character. */
export function readText(options: RawOptions, name: string): string {
  const value = options[name];
  if (Array.isArray(value)) throw badOption(name, 'given once', value.join(', '));
  const text = String(value ?? '').trim();
  if (text === '') throw badOption(name, 'given a value', text);
  return text;
}

/** A text, or undefined where the option is not given. */
export function readOptionalText(options: RawOptions, name: string): string | undefined {
  return options[name] === undefined ? undefined : readText(options, name);
}

/** One of a few words. */
export function readChoice<T extends string>(options: RawOptions, name: string, choices: readonly T[]): T {
  const text = readText(options, name);
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw badOption(name, choices.join(' or '), text);
  return found;
}

/** A switch; `--no-name`, `name: false` in a file and NAME=0 in the environment turn it off. */
export function readSwitch(options: RawOptions, name: string): boolean {
  const value = options[name] ?? false;
  if (typeof value !== 'boolean') throw badOption(name, 'true or false', String(value));
  return value;
}

/** A host name or address, without a port. */
export function readHost(options: RawOptions, name: string): string {
  const text = readText(options, name);
  if (text.includes('/')) throw badOption(name, 'a name or address alone, such as my-pc.local', text);
  const [, host, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  if (host !== undefined) throw badOption(name, `a name or address alone, as in --host ${host} --port ${port}`, text);
  // As IPv6 addresses are written, and as our own messages show them.
  return withoutBrackets(text);
}

/** What is said of an option that is not as it must be. */
export function badOption(name: string, wanted: string, text: string): CodedError {
  return new CodedError('BAD_OPTION', `Cannot use --${name} as it must be ${wanted}: it is '${text.slice(0, 60)}'`);
}
