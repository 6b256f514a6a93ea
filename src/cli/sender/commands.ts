import type { Options } from 'yargs';
import type { CommandLine } from '../../options/command-line.ts';
import { natsOptions } from '../nats-options.ts';

const options = {
  host: { group: 'Where to:', describe: 'Name or address of the receiver', defaultDescription: 'localhost' },
  port: { group: 'Where to:', describe: 'Its port', default: '8080' },
  retries: {
    group: 'Where to:',
    describe: 'Failed connects in a row, or frames that NATS does not take, before giving up; 0: never',
    defaultDescription: '10; with --publish 0',
  },
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
    defaultDescription: 'latest; video, folder and files: every',
  },
  'in-flight': { group: 'How:', describe: 'With `latest`: frames under way without an answer', default: '2' },
  buffer: {
    group: 'How:',
    describe:
      'With `every`: bytes of frames kept until they are answered for; of a camera, what does not fit is dropped',
    default: '16M',
  },
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
  ...natsOptions,
  size: {
    group: 'Picture:',
    describe: 'WIDTHxHEIGHT to resize to, or `source` to keep it',
    defaultDescription: '480x315',
  },
  quality: { group: 'Picture:', describe: 'JPEG quality, 1 to 100', defaultDescription: '90' },
  passthrough: {
    type: 'boolean',
    group: 'Picture:',
    describe: "Forward the camera's own JPEGs",
    defaultDescription: 'where it gives JPEGs of --size',
  },
  interval: {
    group: 'Picture:',
    describe: 'Milliseconds from frame to frame; 0: as fast as it goes',
    defaultDescription: '95; video: 20',
  },
  fps: { group: 'Picture:', describe: 'Frames per second, in place of --interval; `source`: those of the video file' },
  'max-frame': { group: 'Picture:', describe: 'Longest JPEG that is forwarded, in bytes', default: '12M' },
  'max-size': { group: 'Picture:', describe: 'Largest picture that is forwarded', default: '4096x4096' },
  count: { group: 'When to end:', describe: 'End after that many frames; 0: never', default: '0' },
  once: {
    type: 'boolean',
    group: 'When to end:',
    describe: 'End with the video file or the last picture; without it they start again',
    default: false,
  },
  list: { type: 'boolean', group: 'What to print:', describe: 'The cameras of this machine, and end', default: false },
  json: {
    type: 'boolean',
    group: 'What to print:',
    describe: 'Print the list, or what the doctor found, as JSON',
    default: false,
  },
} as const satisfies Record<string, Options>;

/** Options that mean something to these commands alone. */
export const optionsOf: Readonly<Record<string, readonly string[]>> = {
  size: ['camera', 'rpicam', 'video', 'pattern'],
  quality: ['camera', 'rpicam', 'video', 'pattern'],
  interval: ['camera', 'rpicam', 'video', 'pattern', 'folder'],
  fps: ['camera', 'rpicam', 'video', 'pattern', 'folder'],
  once: ['video', 'folder'],
  publish: ['camera', 'rpicam', 'pipe', 'video', 'folder', 'pattern', 'doctor'],
  passthrough: ['camera'],
  list: ['camera'],
  json: ['camera', 'doctor'],
};

/** The table of image-sender's commands and options. */
export const senderCommandLine: CommandLine = {
  program: 'image-sender',
  environment: 'IMAGE_SENDER',
  summary: 'Sends pictures of a camera, a program or a file to image-receiver, the newest first.',
  options,
  optionsOf,
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
        ['camera --publish nats://my-broker.local', 'to a NATS server, without a receiver'],
        ['camera 2 --host my-pc.local --size 1280x720 --fps 15', 'a second camera, larger and faster'],
        ['camera --list', 'the cameras there are, and what they can do'],
      ],
      positionals: { device: { describe: 'Its number or path (0)', default: '0' } },
    },
    {
      usage: 'rpicam [number]',
      describe: 'Send the pictures of a ribbon camera of a Raspberry Pi',
      hint: 'Options of rpicam-vid go behind --, as in `image-sender rpicam --host my-pc.local -- --hflip`',
      examples: [
        ['rpicam --host my-pc.local --size 1280x720 --fps 15', 'a ribbon camera'],
        ['rpicam --host my-pc.local -- --hflip --autofocus-mode continuous', 'with options of rpicam-vid'],
      ],
      positionals: { number: { describe: 'Its number, where there are two (0)' } },
    },
    {
      usage: 'pipe',
      describe: 'Send the JPEGs that another program writes, as they are',
      hint: 'It reads its standard input: `image-sender pipe < FILE`',
      examples: [
        [
          'pipe --host my-pc.local < frames.mjpeg',
          'JPEGs back to back from a file, or `ffmpeg ... -f mjpeg - | image-sender pipe`',
        ],
      ],
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
      usage: 'folder [paths..]',
      describe: 'Send JPEG files as they are, in the order of their names, again and again',
      examples: [['folder shots --once --fps 2', 'each picture of a folder once']],
      positionals: { paths: { describe: 'Folders, files, or patterns such as "shots/*.jpg"' } },
    },
    {
      usage: 'pattern',
      describe: 'Send a moving test card; needs no camera',
      examples: [['pattern --host my-pc.local --retries 0', 'try the way to a receiver, for ever']],
    },
    {
      usage: 'doctor',
      describe: 'Say what this machine can send, and what to type next',
      examples: [
        ['doctor --host my-pc.local', 'cameras, permissions, clock, and the way to that receiver'],
        ['doctor --publish nats://my-broker.local', 'the same, and the way to that NATS server'],
      ],
    },
  ],
  examples: [],
};
