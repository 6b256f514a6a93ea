import { loadOpenCv } from '../../opencv/load.ts';
import { paceOptions, pictureOptions, readIntervalMs, readPicture } from '../shared-options.ts';
import { SkipLog } from '../skip-log.ts';
import { defineSource } from '../source-module.ts';
import { drawPattern } from './pattern.ts';

/** A moving test card, which needs no camera. */
export const pattern = defineSource({
  command: 'pattern',
  describe: 'Send a moving test card; needs no camera',
  examples: [['pattern --host my-pc.local --retries 0', 'try the way to a receiver, for ever']],
  options: { ...pictureOptions, ...paceOptions },
  delivery: 'latest',
  intervalMs: readIntervalMs,
  async open(values, { log, signal }) {
    return {
      frames: drawPattern(loadOpenCv(), readPicture(values), signal),
      isLive: true,
      frameCount: 0,
      skipped: new SkipLog(log, 'the pattern'),
    };
  },
});
