import { text } from '../../options/readers.ts';
import { limitOptions, onceOptions, paceOptions, readIntervalMs, readLimits } from '../shared-options.ts';
import { SkipLog } from '../skip-log.ts';
import { defineSource } from '../source-module.ts';
import { openFolder } from './folder.ts';

const options = {
  paths: {
    positional: true,
    many: true,
    describe: 'Folders, files, or patterns such as "shots/*.jpg"',
    read: text,
    required: 'Cannot send pictures without their folder: image-sender folder FOLDER',
    holds: 'file',
  },
  ...paceOptions,
  ...limitOptions,
  ...onceOptions,
} as const;

/** JPEG files, as they are. */
export const folder = defineSource({
  command: 'folder',
  describe: 'Send JPEG files as they are, in the order of their names, again and again',
  examples: [['folder shots --once --fps 2', 'each picture of a folder once']],
  options,
  delivery: 'every',
  intervalMs: readIntervalMs,
  endsByItself: ({ once }) => once,
  async open(values, { log, signal }) {
    const { paths, once } = values;
    const limits = readLimits(values);
    const skipped = new SkipLog(log, 'the folder', limits);
    const found = await openFolder(paths, { intervalMs: readIntervalMs(values), once, limits }, skipped);
    return {
      frames: found.frames(signal),
      isLive: false,
      frameCount: once ? found.frameCount : 0,
      skipped,
    };
  },
});
