import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Runtime } from '../../test/support/programs.ts';
import { resolvePlace } from '../cli/results-place.ts';

export interface ChaosOptions {
  readonly minutes: number;
  readonly pairs: number;
  readonly seed: number;
  readonly runtime: Runtime;
  /** File for the results as JSON. */
  readonly out: string | undefined;
}

export const chaosUsage =
  'usage: npm run chaos -- [--minutes 30] [--pairs 4] [--seed NUMBER] [--from-source] [--out FILE.json]';

/** @throws Error where the command line is wrong */
export function readChaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      pairs: { type: 'string', default: '4' },
      seed: { type: 'string', default: `${randomInt(1, 2 ** 31)}` },
      'from-source': { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  return {
    minutes: readNumber('minutes', values.minutes, 0.1, 10_000),
    pairs: readNumber('pairs', values.pairs, 1, 50),
    seed: readNumber('seed', values.seed, 1, 2 ** 31 - 1),
    runtime: values['from-source'] ? 'node' : 'packaged',
    out: values.out === undefined ? undefined : resolvePlace(values.out),
  };
}

/** @throws Error where the text is no number from `min` to `max` */
export function readNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Error(`Cannot read --${option} ${text}: it is a number from ${min} to ${max}`);
}
