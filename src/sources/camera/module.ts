import { loadOpenCv } from '../../opencv/load.ts';
import { flag, text } from '../../options/readers.ts';
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
import { captureCamera } from './camera.ts';
import { devicePath, stablePath } from './camera-device.ts';

const captureOptions = {
  device: { positional: true, describe: 'Number or path of the camera (0)', default: '0', read: text },
  ...pictureOptions,
  passthrough: {
    group: 'Picture:',
    describe: "Forward the camera's own JPEGs; `--no-passthrough`: never",
    without: 'if the camera gives JPEGs of --size',
    read: flag,
  },
  ...paceOptions,
  ...limitOptions,
} as const;

const listOptions = {
  list: {
    group: 'Output:',
    describe: 'Print the cameras with their formats, sizes and rates, and end',
    default: 'false',
    read: flag,
    notWith: Object.fromEntries(
      Object.keys(captureOptions).map((name) => [name, 'as it lists all and sends no picture']),
    ),
    service: { refused: 'as it ends at once: leave it out' },
  },
  json: {
    group: 'Output:',
    describe: 'Print the list, or the report of the doctor, as JSON',
    default: 'false',
    read: flag,
    needs: 'list',
  },
} as const;

const options = { ...captureOptions, ...listOptions };

/** A USB camera, through V4L2. */
export const camera = defineSource({
  command: 'camera',
  describe: 'Send the pictures of a USB camera',
  examples: [
    ['camera --host my-pc.local', 'camera 0 to that machine, as the Python client does'],
    [
      'camera --host my-pc.local --tls-pin sha256:0f3a... --token-file token',
      'encrypted, to the receiver that printed this',
    ],
    ['camera --publish nats://my-nats.local', 'to a NATS server, without a receiver'],
    ['camera 2 --host my-pc.local --size 1280x720 --fps 15', 'a second camera, larger and faster'],
    ['camera --list', 'list the cameras with their formats, sizes and rates'],
  ],
  options,
  needs: { devices: 'camera' },
  delivery: 'latest',
  intervalMs: readIntervalMs,
  device: ({ device }) => stablePath(device),
  async open(values, { log, signal }) {
    const { device, passthrough } = values;
    const limits = readLimits(values);
    const skipped = new SkipLog(log, `camera ${devicePath(device)}`, limits);
    const settings = { ...readPicture(values), passthrough, limits, skipped };
    const frames = captureCamera(loadOpenCv(), device, settings, log, signal);
    return { frames, skipped, isLive: true, frameCount: 0 };
  },
});
