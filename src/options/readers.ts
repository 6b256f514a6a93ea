// From the text of an option to its value. Each of these makes a reader for a row.

import { CodedError } from '../errors.ts';
import { isHost, withoutBrackets } from '../network/address.ts';
import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';
import { parseBytes, writeBytes } from '../system/byte-units.ts';
import { parseDuration, parseDurationWithUnit } from '../system/time-units.ts';
import type { Reader } from './option.ts';

/** A frame a day. */
const minRate = 1 / 86_400;
/** Timers count milliseconds in 31 bits; longer ones would fire at once. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * A switch: `--name`, `--no-name`, or true and false in a configuration file. An option that has
 * this reader takes no value.
 */
export const flag: Reader<boolean> = (value, name) => {
  if (value !== 'true' && value !== 'false') throw badOption(name, 'true or false', value);
  return value === 'true';
};

/** Any text of at least one character. */
export const text: Reader<string> = (value) => value;

/** A whole number within limits. */
export function integer(min: number, max: number): Reader<number> {
  return (value, name) => {
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw badOption(name, `a whole number from ${min} to ${max}`, value);
    return number;
  };
}

/** A time such as 10, 10s, 500ms or 5m, in milliseconds. A bare number is seconds. */
export const durationMs: Reader<number> = (value, name) => {
  const ms = parseDuration(value);
  if (!(ms <= maxTimerMs)) throw badOption(name, 'a time such as 10, 10s, 500ms or 5m, at most 24d', value);
  return ms;
};

/** As `durationMs`, and above 0. */
export const positiveMs: Reader<number> = (value, name) => {
  const ms = durationMs(value, name);
  if (ms === 0) throw badOption(name, 'above 0', value);
  return ms;
};

/** As `durationMs`; 0 stands for never. */
export const timeoutMs: Reader<number> = (value, name) => durationMs(value, name) || maxTimerMs;

/** An age: a time with its unit, which may be longer than timers count; at least a second. */
export const ageMs: Reader<number> = (value, name) => {
  const ms = parseDurationWithUnit(value);
  if (!(ms >= 1000 && ms <= Number.MAX_SAFE_INTEGER)) throw badOption(name, 'a time such as 12h, 7d or 8w', value);
  return ms;
};

/** A number of bytes such as 65536, 512K, 20GB or 16MiB. */
export function bytes(min: number, max: number): Reader<number> {
  return (value, name) => {
    const number = parseBytes(value);
    if (number >= min && number <= max) return number;
    throw badOption(name, `a size from ${writeBytes(min)} to ${writeBytes(max)}, such as 16M or 20GB`, value);
  };
}

/**
 * A size such as 480x315, each side from 1 to 65500 pixels, the most that a JPEG of OpenCV's may
 * have.
 */
export function size(maxPixels = Number.POSITIVE_INFINITY): Reader<PictureSize> {
  return (value, name) => {
    const match = /^(\d{1,5})x(\d{1,5})$/.exec(value);
    const [width, height] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
    if (width < 1 || height < 1 || width > 65500 || height > 65500) {
      throw badOption(name, 'WIDTHxHEIGHT such as 480x315', value);
    }
    if (width * height > maxPixels) throw badOption(name, `of at most ${maxPixels} pixels`, value);
    return { width, height };
  };
}

/** A number of frames per second, above 0 and up to 1000. */
export const rate: Reader<number> = (value, name) => {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= minRate && number <= 1000)) throw badOption(name, 'a number above 0 and up to 1000', value);
  return number;
};

/** One of a few words. */
export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  const read: Reader<T> = (value, name) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw badOption(name, choices.join(' or '), value);
    return found;
  };
  return Object.assign(read, { choices });
}

/** A host name or address, without a port. */
export const host: Reader<string> = (value, name) => {
  if (value.includes('/')) throw badOption(name, 'a name or address alone, such as my-pc.local', value);
  const [, alone, port] = /^([^:]+):(\d+)$/.exec(value) ?? [];
  if (alone !== undefined)
    throw badOption(name, `a name or address alone, as in --host ${alone} --port ${port}`, value);
  if (!isHost(value)) throw badOption(name, 'a name or address without spaces and control characters', value);
  // As IPv6 addresses are written, and as our own messages show them.
  return withoutBrackets(value);
};

/** The error for an option that is not as it must be. */
export function badOption(name: string, wanted: string, value: string): CodedError {
  return new CodedError('BAD_OPTION', `Cannot use --${name} as it must be ${wanted}: it is '${value.slice(0, 60)}'`);
}
