import { loadOpenCv } from '../../opencv/load.ts';
import { flag } from '../../options/readers.ts';
import { defineSink } from '../sink-module.ts';
import { WindowSink } from './window-sink.ts';

/** A window for each sender. */
export const window = defineSink({
  name: 'window',
  describe: 'shows each camera in a window',
  options: {
    show: {
      group: 'View:',
      describe: 'Show each camera in a window; `q` or Esc quits',
      default: 'false',
      read: flag,
      service: { refused: 'as it has no screen: leave it out' },
    },
  },
  read: ({ show }) => show || undefined,
  async open(_, { cameras, log, stop }) {
    return new WindowSink(cameras, loadOpenCv(), log, () => stop.abort());
  },
});
