import { parseArgs } from 'node:util';
import { resolvePlace } from '../cli/results-place.ts';
import { isTargetName, type TargetName, targets } from './targets.ts';

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: string;
  readonly workers: number;
  readonly targets: readonly TargetName[];
  /** The path of one input to try; undefined: new inputs are made. */
  readonly input: string | undefined;
  /** Native code is that which tells of memory that is not its own. */
  readonly isSanitized: boolean;
}

const maxMinutes = 24 * 60;
const maxWorkers = 64;

export const usage =
  'usage: npm run fuzz -- [--minutes M] [--target NAME[,NAME]] [--seed TEXT] [--workers N] [--input FILE] [--sanitize]';

/** @throws Error where an argument is wrong */
export function readFuzzOptions(args: readonly string[], newSeed: () => string): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '2' },
      target: { type: 'string' },
      input: { type: 'string' },
      sanitize: { type: 'boolean', default: false },
    },
  });
  const { minutes, seed = newSeed(), workers, target, input, sanitize } = values;
  const all = Object.keys(targets).filter((name) => !sanitize || name.startsWith('native-'));
  const chosen = target?.split(',') ?? all;
  const names = chosen.filter(isTargetName);
  const unknown = chosen.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot use the target '${unknown}'${sanitize ? ' with --sanitize' : ''}: there are ${all.join(', ')}`,
    );
  }
  if (input !== undefined && names.length !== 1) throw new Error('Cannot try a file without its one --target');
  return {
    minutes: readNumber('minutes', minutes, maxMinutes),
    seed,
    workers: Math.ceil(readNumber('workers', workers, maxWorkers)),
    targets: names,
    input: input === undefined ? undefined : resolvePlace(input),
    isSanitized: sanitize,
  };
}

function readNumber(name: string, text: string, max: number): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= max) return number;
  throw new Error(`Cannot use --${name} as it must be above 0 and up to ${max}: it is '${text}'`);
}
