import { CodedError } from '../../errors.ts';
import type { Reader } from '../../options/option.ts';
import {
  limitOptions,
  paceOptions,
  pictureOptions,
  readIntervalMs,
  readLimits,
  readPicture,
} from '../shared-options.ts';
import { SkipLog } from '../skip-log.ts';
import { defineSource } from '../source-module.ts';
import { captureRpicam } from './rpicam.ts';

const cameraNumber: Reader<string> = (text) => {
  if (/^\d{1,2}$/.test(text)) return text;
  throw new CodedError('BAD_OPTION', `Cannot use camera '${text}' as it must be a number that \`camera --list\` shows`);
};

const options = {
  number: { positional: true, describe: 'Number of the camera, if there are two (0)', read: cameraNumber },
  // rpicam-vid encodes, and gets these two.
  size: pictureOptions.size,
  quality: pictureOptions.quality,
  ...paceOptions,
  ...limitOptions,
} as const;

/** A camera module of a Raspberry Pi, through rpicam-vid. */
export const rpicam = defineSource({
  command: 'rpicam',
  describe: 'Send the pictures of a camera module of a Raspberry Pi',
  hint: 'Options of rpicam-vid go behind --, as in `image-sender rpicam --host my-pc.local -- --hflip`',
  examples: [
    ['rpicam --host my-pc.local --size 1280x720 --fps 15', 'a camera module'],
    ['rpicam --host my-pc.local -- --hflip --autofocus-mode continuous', 'with options of rpicam-vid'],
  ],
  options,
  passesOn: true,
  needs: { devices: 'libcamera' },
  delivery: 'latest',
  intervalMs: readIntervalMs,
  async open(values, { log, signal, passedOn }) {
    const limits = readLimits(values);
    const skipped = new SkipLog(log, 'rpicam-vid', limits);
    const settings = { ...readPicture(values), camera: values.number, extraArguments: passedOn, limits, skipped };
    return {
      frames: captureRpicam(settings, log, signal),
      skipped,
      isLive: true,
      frameCount: 0,
    };
  },
});
