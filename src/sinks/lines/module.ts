import { isatty } from 'node:tty';
import { CodedError } from '../../errors.ts';
import { flag } from '../../options/readers.ts';
import { describeFileError } from '../../system/file-error.ts';
import { defineSink, type SinkContext } from '../sink-module.ts';
import { formatJson, formatLine, type LineOutput, LineSink } from './line-sink.ts';
import { LineWriter } from './line-writer.ts';

const group = 'Output:';
const standardOutput = 1;
const standardError = 2;

const options = {
  json: {
    group,
    describe: 'Print one JSON object per frame on standard output',
    without: 'one line per frame, unless --web, --record, --stdout or --publish is given',
    default: 'false',
    read: flag,
    notWith: { stdout: 'as both write to standard output: --stdout framed has both' },
    service: { isForOutput: true },
  },
  quiet: {
    group,
    describe: 'Print no line per frame (`--json` still prints its lines)',
    default: 'false',
    read: flag,
  },
} as const;

/** A line for each frame. */
export const lines = defineSink({
  name: 'lines',
  describe: 'prints a line for each frame',
  options,
  read: ({ json, quiet }) => (json ? 'json' : quiet ? undefined : 'text'),
  isFallback: (format) => format === 'text',
  async open(format, context) {
    return new LineSink(format === 'json' ? formatJson : formatLine, openOutput(context), context.log);
  },
});

function openOutput({ log, stop, print, hasOthers }: SinkContext): LineOutput {
  // On a terminal they share the screen with the live lines.
  if (isatty(standardOutput) && isatty(standardError)) {
    return { write: print, isBehind: () => false, flush: async () => undefined };
  }
  return new LineWriter(standardOutput, stop.signal, (error) => {
    // The next program in the pipe has seen enough: a good end. Anything else is not.
    if (error.code === 'EPIPE' && hasOthers) log.warn('The reader of standard output is gone: no more lines go there');
    else if (error.code === 'EPIPE') stop.abort();
    else if (error.code === 'EAGAIN')
      log.warn('The reader of standard output does not read; its last lines are dropped');
    else stop.abort(new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${describeFileError(error)}`));
  });
}
