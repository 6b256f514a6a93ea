import { parseArgs } from 'node:util';
import { resolvePlace } from '../cli/results-place.ts';

export const usage =
  'usage: npm run bench -- [ROW...] [--rounds 5] [--seconds S] [--frames 1000000] [--baseline COMMIT] [--out FOLDER]\n' +
  '       npm run bench -- --list\n' +
  '       npm run bench -- page [--any] FOLDER...\n' +
  '       npm run bench -- against COMMIT [--rounds 7] [--at-least 0.97]\n' +
  '       npm run bench -- floods [KIND...]';

/** The receiver prints no rate for a connection of a second or less. */
const minSeconds = 1.5;

/** Today's speed, as the goals of the figures mean it. */
const defaultBaseline = 'f061130';

export interface BenchArguments {
  /** Names of rows; none: all. */
  readonly rows: readonly string[];
  readonly isList: boolean;
  readonly rounds: number;
  /** Undefined: as each row says. */
  readonly seconds: number | undefined;
  readonly frames: number;
  readonly baseline: string;
  /** Undefined: a new folder below `bench-results`. */
  readonly out: string | undefined;
}

/** @throws Error with the usage */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  const number = (text: string, min: number) => {
    const value = Number(text);
    if (!(value >= min)) throw new Error(`Cannot use '${text}': it must be a number >= ${min}\n${usage}`);
    return value;
  };
  const rounds = number(values.rounds, 1);
  const frames = number(values.frames, 1);
  if (!Number.isInteger(rounds) || !Number.isInteger(frames))
    throw new Error(`Cannot use a part of a round or of a frame\n${usage}`);
  return {
    rows: positionals,
    isList: values.list,
    rounds,
    seconds: values.seconds === undefined ? undefined : number(values.seconds, minSeconds),
    frames,
    baseline: values.baseline,
    out: values.out === undefined ? undefined : resolvePlace(values.out),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        list: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string' },
        frames: { type: 'string', default: '1000000' },
        baseline: { type: 'string', default: defaultBaseline },
        out: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`);
  }
}
