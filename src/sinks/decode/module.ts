import { loadOpenCv } from '../../opencv/load.ts';
import { flag } from '../../options/readers.ts';
import { maxQueuedBytes, QueuedSink } from '../queue/queued-sink.ts';
import { defineSink } from '../sink-module.ts';
import { DecodeProcessor } from './decode-processor.ts';

/** Finds damaged pictures. */
export const decode = defineSink({
  name: 'decode',
  describe: 'reports pictures that cannot be decoded',
  options: {
    decode: {
      group: 'View:',
      describe: 'Decode each picture and report damaged ones',
      default: 'false',
      read: flag,
    },
  },
  memoryBytes: maxQueuedBytes,
  read: (values) => values.decode || undefined,
  async open(_, { cameras, log, stop }) {
    const labels = { name: 'decode', activity: 'decoding', participle: 'decoded' };
    return new QueuedSink(cameras, new DecodeProcessor(loadOpenCv(), log), labels, log, stop.signal);
  },
});
