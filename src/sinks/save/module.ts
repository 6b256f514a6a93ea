import { CodedError } from '../../errors.ts';
import type { Options, Reader, Values } from '../../options/option.ts';
import { badOption } from '../../options/readers.ts';
import type { Log } from '../../system/log.ts';
import { parseDurationWithUnit } from '../../system/time-units.ts';
import type { RetentionLimits } from '../disk/retention.ts';
import { maxQueuedBytes, QueuedSink } from '../queue/queued-sink.ts';
import { Sampler, type Sampling } from '../sampler.ts';
import { describeRetention, keepGroup as group, readRetention } from '../shared-options.ts';
import { defineSink } from '../sink-module.ts';
import { type FileNames, parseFileNames } from './file-names.ts';
import { SaveProcessor } from './save-processor.ts';

const fileNames: Reader<FileNames> = (pattern, name) => {
  try {
    return parseFileNames(pattern);
  } catch (error) {
    throw new CodedError(
      'BAD_OPTION',
      `Cannot use --${name} ${pattern} as its pattern must ${(error as Error).message}`,
    );
  }
};

const sampling: Reader<Sampling> = (value, name) => {
  const frames = Number(/^(\d+)f$/.exec(value)?.[1] ?? 0);
  if (frames > 0) return { frames };
  const ms = parseDurationWithUnit(value);
  if (ms > 0) return { ms };
  throw badOption(name, 'frames such as 10f, or a time such as 5s', value);
};

const options = {
  save: {
    group,
    describe:
      'Save each JPEG as received to this folder, or by a pattern such as `DIR/{name}/{date}/{time}-{sequence}.jpg`',
    read: fileNames,
    holds: 'folder',
  },
  'save-every': {
    group,
    describe: 'Save only one of `10f` (frames), or one in `5s`, of each camera',
    without: 'all',
    read: sampling,
    needs: 'save',
  },
  ...describeRetention('save', 'pictures', 'with another limit: 1 GB or 5 % of the disk, and of its inodes'),
} satisfies Options;

/** Each picture, or one in so many, in a file of its own. */
export const save = defineSink({
  name: 'save',
  describe: 'writes each picture, or one in so many, to a file',
  options,
  memoryBytes: maxQueuedBytes,
  read: (values) => {
    const { save: names, 'save-every': every } = values;
    return names && { names, every, limits: readLimits(names, values) };
  },
  async open({ names, every, limits }, { cameras, log, stop }) {
    const processor = await SaveProcessor.open(names, limits, log, { stop: stop.signal });
    warnOfNames(names, log);
    const sampler = every && new Sampler(every);
    const queue = { name: 'save', activity: 'saving', participle: 'saved', sampler };
    return new QueuedSink(cameras, processor, queue, log, stop.signal);
  },
});

/** Undefined: nothing is ever deleted, as without a limit all is to be kept. */
function readLimits(names: FileNames, values: Values<typeof options>): RetentionLimits | undefined {
  const limits = readRetention('save', values);
  if (Object.values(limits).every((limit) => limit === undefined)) return undefined;
  if (names.isDistinct) return limits;
  const reason = 'files of yours could be called like that and be deleted: put {utc} or {time} into the pattern';
  throw new CodedError('BAD_OPTION', `Cannot use --save ${names.pattern} with a limit as ${reason}`);
}

function warnOfNames({ isOfCamera, isRepeating }: FileNames, log: Log): void {
  if (!isOfCamera) {
    log.warn('files of several cameras may replace each other: put {name} into the pattern of --save');
  }
  if (isRepeating) {
    const advice = 'put {time} into the pattern of --save';
    log.warn(`sequences begin at 1 with each run of a sender, and new files then replace older ones: ${advice}`);
  }
}
