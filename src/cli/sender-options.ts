import type { Options } from 'yargs';
import type { SenderOptions } from '../link/sender.ts';
import { CodedError } from '../protocol/errors.ts';
import type { PictureOptions } from '../sources/picture-options.ts';
import type { SourceChoice } from '../sources/source.ts';
import type { CommandLine } from './command-line.ts';
import {
  type RawOptions,
  readHost,
  readInteger,
  readOptionalText,
  readRate,
  readSize,
  readSwitch,
  readText,
  readTimeoutMs,
} from './values.ts';

export interface SenderSettings {
  readonly source: SourceChoice;
  readonly picture: PictureOptions;
  readonly sender: SenderOptions;
}

const options = {
  host: { group: 'Where to:', describe: 'Name or address of the receiver', default: 'localhost' },
  port: { group: 'Where to:', describe: 'Its port', default: '8080' },
  retries: { group: 'Where to:', describe: 'Failed connects in a row before giving up; 0: never', default: '10' },
  'connect-timeout': { group: 'Where to:', describe: 'Longest wait for a connect', default: '10s' },
  'send-timeout': {
    group: 'Where to:',
    describe: 'Longest wait for the receiver to take bytes; 0: for ever',
    default: '30s',
  },
  size: { group: 'Picture:', describe: 'WIDTHxHEIGHT to resize to, or `source` to keep it', default: '480x315' },
  quality: { group: 'Picture:', describe: 'JPEG quality, 1 to 100', default: '90' },
  interval: {
    group: 'Picture:',
    describe: 'Milliseconds from frame to frame; 0: as fast as it goes',
    defaultDescription: '95; video: 20',
  },
  fps: { group: 'Picture:', describe: 'Frames per second, in place of --interval; `source`: those of the video file' },
  count: { group: 'When to end:', describe: 'End after that many frames; 0: never', default: '0' },
  once: {
    type: 'boolean',
    group: 'When to end:',
    describe: 'End with the video file; without it the file starts again',
    default: false,
  },
} as const satisfies Record<string, Options>;

/** OpenCV's own pictures of three channels hold 2^31 bytes at the most. */
const mostPixels = 2 ** 28;

/** The value of --fps that stands for the file's own rate. */
const ownRate = 'source';

/** The table of image-sender's commands and options. */
export const senderCommandLine: CommandLine = {
  program: 'image-sender',
  environment: 'IMAGE_SENDER',
  summary: 'Sends pictures from a camera, a video file or a test pattern to image-receiver, the newest first.',
  options,
  commands: [
    {
      usage: 'camera [device]',
      describe: 'Send the pictures of a USB camera',
      examples: [
        ['camera --host my-pc.local', 'camera 0 to that machine, as the Python client does'],
        ['camera 2 --host my-pc.local --size 1280x720 --fps 15', 'a second camera, larger and faster'],
      ],
      positionals: { device: { describe: 'Its number or path (0)', default: '0' } },
    },
    {
      // Not `<file>`: it may also come from the environment or the configuration.
      usage: 'video [file]',
      describe: 'Send a video file, frame by frame, again and again',
      examples: [
        ['video drive.mp4 --fps source', 'a file at its own rate'],
        ['video drive.mp4 --once --interval 0', 'a file once, as fast as it goes'],
      ],
      positionals: {
        file: { describe: 'MP4, MKV, WebM, AVI or MPEG-TS with H.264, H.265, MPEG-4, MJPEG, VP8 or VP9' },
      },
    },
    {
      usage: 'pattern',
      describe: 'Send a moving test card; needs no camera',
      examples: [['pattern --host my-pc.local --retries 0', 'try the way to a receiver, for ever']],
    },
  ],
  examples: [],
};

/** @throws CodedError BAD_OPTION */
export function readSenderSettings(command: string | undefined, raw: RawOptions): SenderSettings {
  const source = readSource(command, raw);
  return {
    source,
    picture: {
      size: readText(raw, 'size') === 'source' ? undefined : readSize(raw, 'size', mostPixels),
      quality: readInteger(raw, 'quality', 1, 100),
      intervalMs: readIntervalMs(raw, source.kind),
    },
    sender: {
      host: readHost(raw, 'host'),
      port: readInteger(raw, 'port', 1, 65535),
      retries: readInteger(raw, 'retries', 0, 1e9),
      count: readInteger(raw, 'count', 0, 1e9),
      connectTimeoutMs: readTimeoutMs(raw, 'connect-timeout'),
      sendTimeoutMs: readTimeoutMs(raw, 'send-timeout'),
    },
  };
}

function readSource(command: string | undefined, raw: RawOptions): SourceChoice {
  switch (command) {
    case 'camera':
      return { kind: 'camera', device: readText(raw, 'device') };
    case 'video':
      return { kind: 'video', file: readFile(raw), once: readSwitch(raw, 'once'), atOwnRate: raw['fps'] === ownRate };
    case 'pattern':
      return { kind: 'pattern' };
    default:
      throw new CodedError(
        'BAD_OPTION',
        `Cannot start as the source must be camera, video or pattern: it is '${command ?? ''}'`,
      );
  }
}

function readFile(raw: RawOptions): string {
  const file = readOptionalText(raw, 'file');
  if (file === undefined)
    throw new CodedError('BAD_OPTION', 'Cannot send a video without its file: image-sender video FILE');
  return file;
}

function readIntervalMs(raw: RawOptions, kind: SourceChoice['kind']): number {
  const [fps, interval] = [readOptionalText(raw, 'fps'), readOptionalText(raw, 'interval')];
  if (fps !== undefined && interval !== undefined) {
    const where = 'on the command line, in IMAGE_SENDER_... or in the --config file';
    throw new CodedError(
      'BAD_OPTION',
      `Cannot use --fps ${fps} and --interval ${interval} together (${where}): give one`,
    );
  }
  if (interval !== undefined) return readInteger(raw, 'interval', 0, 86_400_000);
  const isOwnRate = kind === 'video' && fps === ownRate;
  if (fps !== undefined && !isOwnRate) return 1000 / readRate(raw, 'fps');
  return kind === 'video' ? 20 : 95;
}
