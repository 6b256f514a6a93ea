import { loadOpenCv } from '../../opencv/load.ts';
import type { Options, Reader, Values } from '../../options/option.ts';
import { badOption, bytes, oneOf, text } from '../../options/readers.ts';
import { parseDurationWithUnit } from '../../system/time-units.ts';
import { maxQueuedBytes, QueuedSink } from '../queue/queued-sink.ts';
import { describeRetention, keepGroup as group, maxDiskBytes, readRetention } from '../shared-options.ts';
import { defineSink } from '../sink-module.ts';
import type { SegmentLimits } from './active-recording.ts';
import { matroskaFormat } from './matroska-segment.ts';
import { Mp4Format } from './mp4-segment.ts';
import { RecordProcessor } from './record-processor.ts';

const segmentLimits: Reader<SegmentLimits> = (value, name) => {
  const frames = Number(/^(\d+)f$/.exec(value)?.[1] ?? 0);
  if (frames > 0) return { frames };
  if (/b$/i.test(value)) return { bytes: bytes(1e6, maxDiskBytes)(value, name) };
  const ms = parseDurationWithUnit(value);
  if (ms >= 1000 && ms <= 86_400_000) return { ms };
  throw badOption(name, 'a time up to 1d such as 60s, frames such as 600f, or bytes such as 100MB', value);
};

const options = {
  record: {
    group,
    describe: 'Record videos to this folder: Matroska files with the JPEGs as received',
    read: text,
    holds: 'folder',
  },
  'record-as': {
    group,
    describe: '`mkv`, or `mp4`: decoded and encoded again, 20 frames a second, 600 frames a file',
    default: 'mkv',
    read: oneOf('mkv', 'mp4'),
    needs: 'record',
  },
  segment: {
    group,
    describe: 'Start a new file after `60s`, `600f` (frames) or `100MB`',
    without: '`5m`; mp4: `600f`',
    read: segmentLimits,
    needs: 'record',
  },
  ...describeRetention('record', 'recordings', '1 GB or 5 % of the disk, and of its inodes'),
} satisfies Options;

/** As the Python server cuts its files. */
const mp4Segment: SegmentLimits = { frames: 600 };
const mkvSegment: SegmentLimits = { ms: 300_000 };

/** Videos of each camera, one file after another. */
export const record = defineSink({
  name: 'record',
  describe: 'writes videos, and keeps them within limits',
  options,
  replacesLines: true,
  memoryBytes: maxQueuedBytes,
  read: readSettings,
  async open({ directory, kind, segment, limits }, { cameras, log, stop, recordings }) {
    const format = kind === 'mp4' ? new Mp4Format(loadOpenCv()) : matroskaFormat;
    const processor = await RecordProcessor.open(
      { directory, format, segment, limits, stop: stop.signal },
      log,
      (finished) => recordings.tellFinished(finished),
    );
    recordings.index = processor.recordingIndex;
    const labels = { name: 'record', activity: 'recording', participle: 'recorded' };
    return new QueuedSink(cameras, processor, labels, log, stop.signal);
  },
});

function readSettings(values: Values<typeof options>) {
  const { record: directory, 'record-as': kind } = values;
  if (directory === undefined) return undefined;
  const segment = values.segment ?? (kind === 'mp4' ? mp4Segment : mkvSegment);
  return { directory, kind, segment, limits: readRetention('record', values) };
}
