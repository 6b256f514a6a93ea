import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Runtime } from '../../test/support/programs.ts';
import { readNumber } from '../chaos/options.ts';
import { resolvePlace } from '../cli/results-place.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly runtime: Runtime;
  /** Whether the packages are made first. */
  readonly builds: boolean;
  /** File for all figures as JSON; the chart is beside it. */
  readonly out: string | undefined;
}

export const soakUsage =
  'usage: npm run soak -- [--hours 1 | --minutes 60] [--seed NUMBER] [--from-source | --no-build] [--out FILE.json]';

/** The file of the chart, beside that of the figures. */
export function findChartFile(out: string): string {
  return out.replace(/(\.json)?$/, '.svg');
}

/** @throws Error where the command line is wrong */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string', default: `${randomInt(1, 2 ** 31)}` },
      'from-source': { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  if (values.hours !== undefined && values.minutes !== undefined)
    throw new Error('Cannot use --hours and --minutes at once: leave one of them out');
  const minutes =
    values.minutes === undefined
      ? 60 * readNumber('hours', values.hours ?? '1', 0.02, 1000)
      : readNumber('minutes', values.minutes, 1, 60_000);
  return {
    minutes,
    seed: readNumber('seed', values.seed, 1, 2 ** 31 - 1),
    runtime: values['from-source'] ? 'node' : 'packaged',
    builds: !values['from-source'] && !values['no-build'],
    out: values.out === undefined ? undefined : resolvePlace(values.out),
  };
}
