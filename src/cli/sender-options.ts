import { hostname } from 'node:os';
import type { Options } from 'yargs';
import type { TlsTrust } from '../link/sending/dial.ts';
import type { SenderOptions } from '../link/sending/sender.ts';
import { CodedError } from '../protocol/errors.ts';
import type { Delivery } from '../protocol/frame.ts';
import { isName } from '../protocol/message.ts';
import type { PictureOptions } from '../sources/picture-options.ts';
import type { SourceChoice } from '../sources/source.ts';
import { parseFingerprint } from '../tls/fingerprint.ts';
import type { CommandLine } from './command-line.ts';
import { readOptionalFile, readToken } from './secret-file.ts';
import {
  badOption,
  type RawOptions,
  readBytes,
  readChoice,
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
  readonly sender: Omit<SenderOptions, 'delivery'>;
  /** Undefined: as the source is for. */
  readonly delivery: Delivery | undefined;
}

const options = {
  host: { group: 'Where to:', describe: 'Name or address of the receiver', default: 'localhost' },
  port: { group: 'Where to:', describe: 'Its port', default: '8080' },
  retries: { group: 'Where to:', describe: 'Failed connects in a row before giving up; 0: never', default: '10' },
  'connect-timeout': { group: 'Where to:', describe: 'Longest wait for a connect', default: '10s' },
  'send-timeout': {
    group: 'Where to:',
    describe: 'Longest wait for the receiver to take bytes, or to say that it is there; 0: for ever',
    default: '30s',
  },
  'idle-timeout': {
    group: 'Where to:',
    describe: 'Longest time without a word from the receiver; 0: for ever (not on the classic wire)',
    default: '10s',
  },
  name: { group: 'How:', describe: 'What the receiver calls this sender', defaultDescription: 'the host name' },
  wire: {
    group: 'How:',
    describe:
      '`classic`: that of the Python scripts; `2`: the new one; `auto`: classic until the receiver knows better',
    default: 'auto',
  },
  deliver: {
    group: 'How:',
    describe: '`latest`: the newest frame, late ones are dropped; `every`: all, what is lost is sent again',
    defaultDescription: 'latest; video: every',
  },
  'in-flight': { group: 'How:', describe: 'With `latest`: frames under way without an answer', default: '2' },
  buffer: { group: 'How:', describe: 'With `every`: bytes of frames kept until they are answered for', default: '16M' },
  'tls-pin': {
    group: 'Whom to trust:',
    describe: 'Use TLS and trust the receiver with this fingerprint, which it prints: sha256:...',
  },
  tls: {
    type: 'boolean',
    group: 'Whom to trust:',
    describe: 'Use TLS and trust the certificate authorities of this machine',
    default: false,
  },
  'tls-ca': { group: 'Whom to trust:', describe: 'Use TLS and trust the authorities in this PEM file' },
  'token-file': { group: 'Whom to trust:', describe: 'File with the token that the receiver wants' },
  'token-without-tls': {
    type: 'boolean',
    group: 'Whom to trust:',
    describe: 'Send the token where anyone on the way can read it',
    default: false,
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
        [
          'camera --host my-pc.local --tls-pin sha256:0f3a... --token-file token',
          'encrypted, to the receiver that printed this',
        ],
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
    delivery: raw['deliver'] === undefined ? undefined : readChoice<Delivery>(raw, 'deliver', ['latest', 'every']),
    sender: {
      ...readTrust(raw),
      name: readName(raw),
      inFlight: readInteger(raw, 'in-flight', 1, 1000),
      bufferBytes: readBytes(raw, 'buffer', 1, 2 ** 32),
      idleTimeoutMs: readTimeoutMs(raw, 'idle-timeout'),
      host: readHost(raw, 'host'),
      port: readInteger(raw, 'port', 1, 65535),
      retries: readInteger(raw, 'retries', 0, 1e9),
      count: readInteger(raw, 'count', 0, 1e9),
      connectTimeoutMs: readTimeoutMs(raw, 'connect-timeout'),
      sendTimeoutMs: readTimeoutMs(raw, 'send-timeout'),
    },
  };
}

/** Whom to trust, what to show, and which wire follows from it. */
function readTrust(raw: RawOptions): Pick<SenderOptions, 'tls' | 'token' | 'wire'> {
  const wire = readChoice(raw, 'wire', ['auto', 'classic', '2']);
  const token = readToken(raw, 'token-file');
  const tls = readTls(raw);
  if (token === undefined) return { wire, tls, token: new Uint8Array() };
  if (wire === 'classic') {
    throw new CodedError('BAD_OPTION', 'Cannot use --token-file with --wire classic, which has no place for a token');
  }
  if (tls === undefined && !readSwitch(raw, 'token-without-tls')) {
    const advice = 'use --tls-pin or, if you must, --token-without-tls';
    throw new CodedError('BAD_OPTION', `Cannot send a token without TLS as anyone on the way could read it: ${advice}`);
  }
  return { wire: '2', tls, token };
}

function readTls(raw: RawOptions): TlsTrust | undefined {
  const pinText = readOptionalText(raw, 'tls-pin');
  if (pinText !== undefined && raw['tls-ca'] !== undefined) {
    throw new CodedError('BAD_OPTION', 'Cannot use --tls-pin and --tls-ca together: give one');
  }
  const ca = readOptionalFile(raw, 'tls-ca');
  if (pinText === undefined) return ca === undefined && !readSwitch(raw, 'tls') ? undefined : { pin: undefined, ca };
  const pin = parseFingerprint(pinText);
  if (pin === undefined)
    throw badOption('tls-pin', 'sha256: and 64 hexadecimal digits, as the receiver prints it', pinText);
  return { pin, ca: undefined };
}

function readName(raw: RawOptions): string {
  const given = readOptionalText(raw, 'name');
  if (given === undefined) return isName(hostname()) ? hostname() : 'unnamed';
  if (!isName(given)) throw badOption('name', '1 to 64 bytes without control characters', given);
  return given;
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
