import { loadOpenCv } from '../../opencv/load.ts';
import type { Reader } from '../../options/option.ts';
import { rate, text } from '../../options/readers.ts';
import { onceOptions, paceOptions, pictureOptions, readIntervalMs, readPicture } from '../shared-options.ts';
import { SkipLog } from '../skip-log.ts';
import { defineSource } from '../source-module.ts';
import { openVideo } from './video.ts';

/** As the Python client plays a file. */
const defaultIntervalMs = 20;

const rateOrOwn: Reader<number | 'source'> = (value, name) => (value === 'source' ? value : rate(value, name));

const options = {
  file: {
    positional: true,
    describe: 'MP4, MKV, WebM, AVI or MPEG-TS with H.264, H.265, MPEG-4, MJPEG, VP8 or VP9',
    read: text,
    required: 'Cannot send a video without its file: image-sender video FILE',
    holds: 'file',
  },
  ...pictureOptions,
  ...paceOptions,
  interval: { ...paceOptions.interval, without: `\`${defaultIntervalMs}\`` },
  fps: {
    ...paceOptions.fps,
    describe: `${paceOptions.fps.describe}; \`source\`: the rate of the video file`,
    read: rateOrOwn,
  },
  ...onceOptions,
} as const;

/** A video file, frame by frame. */
export const video = defineSource({
  command: 'video',
  describe: 'Send a video file, frame by frame, again and again',
  examples: [
    ['video drive.mp4 --fps source', 'a file at its own rate'],
    ['video drive.mp4 --once --interval 0', 'a file once, as fast as possible'],
  ],
  options,
  delivery: 'every',
  intervalMs: (values) => readIntervalMs(values, defaultIntervalMs),
  endsByItself: ({ once }) => once,
  async open(values, { log, signal }) {
    const { file, once, fps } = values;
    const settings = { ...readPicture(values, defaultIntervalMs), once, atOwnRate: fps === 'source' };
    const movie = await openVideo(loadOpenCv(), file, settings);
    return {
      frames: movie.frames(signal),
      isLive: false,
      frameCount: once ? movie.frameCount : 0,
      skipped: new SkipLog(log, 'the video'),
    };
  },
});
