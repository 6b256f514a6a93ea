// Options that several sinks have.
import { type DetectionRule, parseDetectionRule } from '../frames/results/detection-rule.ts';
import type { Option, Options, Reader } from '../options/option.ts';
import { ageMs, badOption, bytes, flag, positiveMs } from '../options/readers.ts';
import type { RetentionLimits } from './disk/retention.ts';

/** The heading of sinks that write files. */
export const keepGroup = 'Files:';
/** The heading of commands that are run. */
export const runGroup = 'Commands on events:';
/** A disk of more bytes than any. */
export const maxDiskBytes = 1e15;

type RetentionOptions<Sink extends string> = Record<
  `${Sink}-size` | `${Sink}-age` | `${Sink}-keep-free`,
  Option<number>
>;

/**
 * Limits of the files that a sink keeps.
 * @param files in the plural
 * @param without how much stays free where it is not said
 */
export function describeRetention<const Sink extends 'record' | 'save'>(
  sink: Sink,
  files: string,
  without: string,
): RetentionOptions<Sink> {
  const common = { group: keepGroup, needs: sink };
  const rows: Record<string, Option<number>> = {
    [`${sink}-size`]: {
      ...common,
      describe: `Delete the oldest ${files} when all take more than this, such as \`20GB\``,
      read: bytes(1e6, maxDiskBytes),
    },
    [`${sink}-age`]: { ...common, describe: `Delete ${files} that are older than this, such as \`7d\``, read: ageMs },
    [`${sink}-keep-free`]: {
      ...common,
      describe: `Delete the oldest ${files} while less than this is free on the disk`,
      read: bytes(0, maxDiskBytes),
      without,
    },
  };
  return rows as RetentionOptions<Sink>;
}

export function readRetention<const Sink extends 'record' | 'save'>(
  sink: Sink,
  values: Readonly<Record<keyof RetentionOptions<Sink>, number | undefined>>,
): RetentionLimits {
  return {
    maxBytes: values[`${sink}-size`],
    maxAgeMs: values[`${sink}-age`],
    keepFreeBytes: values[`${sink}-keep-free`],
  };
}

/** The options whose values are commands for events. */
export const hookOptions = [
  'on-connect',
  'on-disconnect',
  'on-missing',
  'on-stall',
  'on-segment',
  'on-frame',
  'on-detect',
] as const;

/** Labels, each with the confidence that it must exceed. */
export const detectionRule: Reader<DetectionRule> = (value, name) => {
  const rule = parseDetectionRule(value);
  if (rule === undefined) throw badOption(name, 'labels such as person>0.6,car', value);
  return rule;
};

/** For sinks that run commands. */
export const shellOption = {
  group: runGroup,
  describe: 'Run commands with `/bin/sh`; without it they are split into words',
  default: 'false',
  read: flag,
  needs: [[...hookOptions, 'detect']],
} satisfies Option;

/** For sinks that report cameras which send nothing. */
export const stallOptions = {
  'stall-after': {
    group: runGroup,
    describe: 'A connected camera that sends nothing for this time counts as stalled',
    default: '10s',
    read: positiveMs,
    needs: [['on-stall', 'publish']],
  },
} satisfies Options;
