import { parseArgs } from 'node:util';
import { isTargetName, type TargetName, targets } from './targets.ts';

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: string;
  readonly workers: number;
  readonly targets: readonly TargetName[];
  /** The path of one input to try; undefined: new inputs are made. */
  readonly input: string | undefined;
}

const maxMinutes = 24 * 60;
const maxWorkers = 64;

export const usage = 'npm run fuzz -- [--minutes M] [--target NAME[,NAME]] [--seed TEXT] [--workers N] [--input FILE]';

/** @throws Error where an argument is wrong */
export function readFuzzOptions(args: readonly string[], newSeed: () => string): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '2' },
      target: { type: 'string', default: Object.keys(targets).join(',') },
      input: { type: 'string' },
    },
  });
  const { minutes, seed = newSeed(), workers, target, input } = values;
  const names = target.split(',').filter(isTargetName);
  const unknown = target.split(',').find((name) => !isTargetName(name));
  if (unknown !== undefined) {
    throw new Error(`Cannot use the target '${unknown}': there are ${Object.keys(targets).join(', ')}`);
  }
  if (input !== undefined && names.length !== 1) throw new Error('Cannot try a file without its one --target');
  return {
    minutes: readNumber('minutes', minutes, maxMinutes),
    seed,
    workers: Math.ceil(readNumber('workers', workers, maxWorkers)),
    targets: names,
    input,
  };
}

function readNumber(name: string, text: string, max: number): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= max) return number;
  throw new Error(`Cannot use --${name} as it must be above 0 and up to ${max}: it is '${text}'`);
}
