import { limitOptions, readLimits } from '../shared-options.ts';
import { SkipLog } from '../skip-log.ts';
import { defineSource } from '../source-module.ts';
import { choosePipeDelivery, openPipe } from './pipe.ts';

/** JPEGs back to back on standard input, from any program. */
export const pipe = defineSource({
  command: 'pipe',
  describe: 'Send the JPEGs that another program writes, as they are',
  hint: 'It reads its standard input: `image-sender pipe < FILE`',
  examples: [
    [
      'pipe --host my-pc.local < frames.mjpeg',
      'JPEGs back to back from a file, or `ffmpeg ... -f mjpeg - | image-sender pipe`',
    ],
  ],
  options: limitOptions,
  needs: { refused: 'as a service has no standard input' },
  delivery: choosePipeDelivery,
  async open(values, { log, signal }) {
    const limits = readLimits(values);
    const skipped = new SkipLog(log, 'standard input', limits);
    // The program that writes waits, or drops what it likes: to take its pictures from it would be
    // to drop them here.
    return { frames: openPipe(limits, skipped, signal), isLive: false, frameCount: 0, skipped };
  },
});
