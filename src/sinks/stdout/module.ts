import { isatty } from 'node:tty';
import { CodedError } from '../../errors.ts';
import type { Options } from '../../options/option.ts';
import { oneOf, text } from '../../options/readers.ts';
import { defineSink } from '../sink-module.ts';
import { StdoutSink } from './stdout-sink.ts';

const group = 'Output:';
const standardOutput = 1;

const options = {
  stdout: {
    group,
    describe: 'Write pictures to standard output: `jpeg`, one after another, or `framed`, each after a line of JSON',
    read: oneOf('jpeg', 'framed'),
    service: { refused: 'as nobody reads its output: leave it out' },
  },
  'stdout-deliver': {
    group,
    describe:
      '`latest`: the newest picture when the reader is ready; `every`: all pictures, and senders wait for the reader',
    without: '`latest`; with --batch or --replay: `every`',
    read: oneOf('latest', 'every'),
    needs: 'stdout',
    notWith: {
      subscribe: {
        when: 'every',
        unless: ['replay', 'batch'],
        why: 'as only the newest pictures of a stream are received',
      },
    },
  },
  'stdout-camera': {
    group,
    describe: 'Write the pictures of the camera with this name only',
    without: 'all cameras, mixed',
    read: text,
    needs: 'stdout',
    notWith: {
      batch: 'as pictures of other cameras would be lost to the other workers: use --subject and --group',
    },
  },
} satisfies Options;

/** Pictures for the next program in a pipe. */
export const stdout = defineSink({
  name: 'stdout',
  describe: 'hands pictures to your program',
  options,
  replacesLines: true,
  read: ({ stdout: format, 'stdout-deliver': delivery, 'stdout-camera': camera }) =>
    format && { format, delivery, camera },
  async open({ format, camera, ...typed }, { cameras, log, stop, takesEveryFrame, hasOthers }) {
    if (isatty(standardOutput)) {
      const reason = 'pictures are no text: give it a reader, as in | ffplay -';
      throw new CodedError('BAD_OPTION', `Cannot use --stdout on a terminal as ${reason}`);
    }
    const delivery = typed.delivery ?? (takesEveryFrame ? 'every' : 'latest');
    const end = () => {
      log.info('The reader of standard output is gone, and there is nothing else to do');
      stop.abort();
    };
    return new StdoutSink(cameras, { format, delivery, camera }, log, stop.signal, hasOthers ? undefined : end);
  },
});
