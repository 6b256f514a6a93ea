import type { Options } from 'yargs';
import type { SenderOptions } from '../link/sender.ts';
import { CodedError } from '../protocol/errors.ts';
import type { PictureOptions } from '../sources/picture-options.ts';
import type { SourceChoice } from '../sources/source.ts';
import type { CommandLine } from './command-line.ts';
import {
  type RawOptions,
  readDurationMs,
  readInteger,
  readOptionalText,
  readRate,
  readSize,
  readSwitch,
  readText,
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
  'send-timeout': { group: 'Where to:', describe: 'Longest wait for the receiver to take bytes', default: '30s' },
  size: { group: 'Picture:', describe: 'WIDTHxHEIGHT to resize to, or `source` to keep it', default: '480x315' },
  quality: { group: 'Picture:', describe: 'JPEG quality, 1 to 100', default: '90' },
  interval: {
    group: 'Picture:',
    describe: 'Milliseconds from frame to frame; 0: as fast as it goes',
    defaultDescription: '95; video: 20',
  },
  fps: { group: 'Picture:', describe: 'Frames per second, in place of --interval', conflicts: 'interval' },
  count: { group: 'When to end:', describe: 'End after that many frames; 0: never', default: '0' },
} as const satisfies Record<string, Options>;

const onceOption = {
  type: 'boolean',
  group: 'When to end:',
  describe: 'End with the file; without it the file starts again',
  default: false,
} as const satisfies Options;

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
      positionals: { device: { describe: 'Its number or path', default: '0' } },
    },
    {
      // Not `<file>`: it may also come from the environment or the configuration.
      usage: 'video [file]',
      describe: 'Send a video file, frame by frame, again and again',
      positionals: { file: { describe: 'MP4, MKV, WebM, AVI, MPEG-TS ...' } },
      options: { once: onceOption },
    },
    { usage: 'pattern', describe: 'Send a moving test card; needs no camera' },
  ],
  examples: [
    ['camera --host 192.168.1.20', 'camera 0 to that machine, as the Python client does'],
    ['camera 2 --host pc.local --size 1280x720 --fps 15', 'a second camera, larger and faster'],
    ['video drive.mp4 --once --interval 0', 'a file once, as fast as it goes'],
    ['pattern --retries 0', 'try the way to a receiver, for ever'],
  ],
};

/** @throws CodedError BAD_OPTION */
export function readSenderSettings(command: string | undefined, raw: RawOptions): SenderSettings {
  const source = readSource(command, raw);
  return {
    source,
    picture: {
      size: readText(raw, 'size') === 'source' ? undefined : readSize(raw, 'size'),
      quality: readInteger(raw, 'quality', 1, 100),
      intervalMs: readIntervalMs(raw, source.kind === 'video' ? 20 : 95),
    },
    sender: {
      host: readText(raw, 'host'),
      port: readInteger(raw, 'port', 1, 65535),
      retries: readInteger(raw, 'retries', 0, 1e9),
      count: readInteger(raw, 'count', 0, Number.MAX_SAFE_INTEGER),
      connectTimeoutMs: readDurationMs(raw, 'connect-timeout'),
      sendTimeoutMs: readDurationMs(raw, 'send-timeout'),
    },
  };
}

function readSource(command: string | undefined, raw: RawOptions): SourceChoice {
  switch (command) {
    case 'camera':
      return { kind: 'camera', device: readText(raw, 'device') };
    case 'video':
      return { kind: 'video', file: readFile(raw), once: readSwitch(raw, 'once') };
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

function readIntervalMs(raw: RawOptions, usualMs: number): number {
  if (readOptionalText(raw, 'fps') !== undefined) return 1000 / readRate(raw, 'fps');
  return readOptionalText(raw, 'interval') === undefined ? usualMs : readInteger(raw, 'interval', 0, 86_400_000);
}
