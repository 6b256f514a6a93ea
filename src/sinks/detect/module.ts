import { CodedError } from '../../errors.ts';
import { commandService } from '../../options/command-service.ts';
import type { Options } from '../../options/option.ts';
import { integer, positiveMs, rate, text } from '../../options/readers.ts';
import { readChildCommand } from '../../system/child-command.ts';
import { shellOption } from '../shared-options.ts';
import { defineSink } from '../sink-module.ts';
import { DetectSink, maxWaitingBytes } from './detect-sink.ts';

const group = 'Detection:';

const options = {
  detect: {
    group,
    describe: 'Run this program, give it pictures, and read what it detects, such as `python3 detector.py`',
    read: text,
    service: commandService,
  },
  'detect-camera': {
    group,
    describe: 'Give it the pictures of these cameras only: names with commas between them',
    without: 'all cameras, by turns',
    read: (value) => value.split(',').map((one) => one.trim()),
    needs: 'detect',
  },
  'detect-fps': {
    group,
    describe: 'Give it at most this many pictures of each camera in a second',
    without: 'as many as it can',
    read: rate,
    needs: 'detect',
  },
  'detect-workers': {
    group,
    describe: 'Run this many of the program: they share the cameras, and each picture goes to one of them',
    default: '1',
    read: integer(1, 64),
    needs: 'detect',
  },
  'detect-ahead': {
    group,
    describe: 'Give the program so many pictures before it has answered for the first, for a GPU that works on several',
    default: '1',
    read: integer(1, 64),
    needs: 'detect',
  },
  'detect-timeout': {
    group,
    describe: 'End the program and start it again when it answers nothing for this time; at its start it has 60 s',
    default: '10s',
    read: positiveMs,
    needs: 'detect',
  },
  'hook-shell': shellOption,
} satisfies Options;

/** Pictures for a detector, and its results. */
export const detect = defineSink({
  name: 'detect',
  describe: 'runs your detector, and uses its results',
  options,
  memoryBytes: maxWaitingBytes,
  read: (values) => (values.detect === undefined ? undefined : { ...values, detect: values.detect }),
  async open(values, { cameras, results, log }) {
    const command = await readChildCommand(values.detect, values['hook-shell']).catch((error: CodedError) => {
      throw new CodedError(error.code, `--detect: ${error.message}`);
    });
    const settings = {
      command,
      cameras: values['detect-camera'] ?? [],
      maxFps: values['detect-fps'],
      workers: values['detect-workers'],
      ahead: values['detect-ahead'],
      timeoutMs: values['detect-timeout'],
    };
    return new DetectSink(cameras, settings, results, log);
  },
});
