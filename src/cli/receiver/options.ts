import type { Options } from 'yargs';
import type { CommandLine } from '../../options/command-line.ts';
import { protocolNames } from '../../protocol/protocol-access.ts';
import { natsOptions } from '../nats-options.ts';

const { publish, 'publish-stream': publishStream, ...login } = natsOptions;

const options = {
  host: {
    group: 'Where to listen:',
    describe: 'Name or address; 0.0.0.0 lets other machines in',
    default: 'localhost',
  },
  port: { group: 'Where to listen:', describe: 'Port; 0: any free one', default: '8080' },
  tls: {
    group: 'Whom to let in:',
    type: 'boolean',
    describe: 'Take TLS only, with a certificate that is made at the first start',
    default: false,
  },
  'tls-cert': { group: 'Whom to let in:', describe: 'Take TLS only, with the certificate in this PEM file' },
  'tls-key': { group: 'Whom to let in:', describe: 'And its private key in this one' },
  'token-file': { group: 'Whom to let in:', describe: 'Take senders only that have the token in this file' },
  accept: {
    group: 'Whom to let in:',
    describe: 'Which senders to take: a list of wire 2, the classic wire, JPEGs back to back, HTTP POST and PUT',
    defaultDescription: `${protocolNames.join(',')}; with --token-file 2`,
  },
  web: {
    group: 'Where to look:',
    describe:
      'Show all cameras on a page at this [HOST:]PORT; also /stream/NAME, /snapshot/NAME.jpg, /api/cameras, /metrics',
  },
  'web-token-file': { group: 'Where to look:', describe: 'Ask for the password in this file' },
  show: {
    group: 'Where to look:',
    type: 'boolean',
    describe: 'Show each sender in a window; q or Esc quits',
    default: false,
  },
  record: {
    group: 'What to keep:',
    describe: 'Write videos into this folder: the JPEGs as received, in Matroska files',
  },
  'record-as': {
    group: 'What to keep:',
    describe: 'mkv, or mp4: decoded and encoded, 20 frames a second, 600 a file',
    default: 'mkv',
  },
  segment: {
    group: 'What to keep:',
    describe: 'Begin a new file after that: 60s, 600f or 100MB',
    defaultDescription: '5m; mp4: 600f',
  },
  'record-size': { group: 'What to keep:', describe: 'Delete the oldest recordings over so many bytes, such as 20GB' },
  'record-age': { group: 'What to keep:', describe: 'Delete recordings that are older, such as 7d' },
  'record-keep-free': {
    group: 'What to keep:',
    describe: 'Delete the oldest recordings while less of the disk is free',
    defaultDescription: '1GB or 5 % of the disk',
  },
  save: {
    group: 'What to keep:',
    describe:
      'Write each JPEG as received into this folder, or by a pattern such as DIR/{name}/{date}/{time}-{sequence}.jpg',
  },
  'save-every': { group: 'What to keep:', describe: 'Of each camera one in so many frames (10f) or seconds (5s)' },
  'save-size': { group: 'What to keep:', describe: 'Delete the oldest pictures over so many bytes, such as 20GB' },
  'save-age': { group: 'What to keep:', describe: 'Delete pictures that are older, such as 7d' },
  'save-keep-free': { group: 'What to keep:', describe: 'Delete the oldest pictures while less of the disk is free' },
  'on-connect': { group: 'What to run:', describe: 'This command when a camera comes' },
  'on-disconnect': { group: 'What to run:', describe: 'This command when a camera goes' },
  'on-stall': { group: 'What to run:', describe: 'This command when a connected camera sends nothing' },
  'stall-after': { group: 'What to run:', describe: 'For so long', default: '10s' },
  'on-segment': { group: 'What to run:', describe: 'This command when a recording is finished' },
  'on-frame': { group: 'What to run:', describe: 'This command for frames, which it gets on standard input' },
  'on-frame-every': { group: 'What to run:', describe: 'For one in so many of each camera', default: '1' },
  'hook-shell': {
    group: 'What to run:',
    type: 'boolean',
    describe: 'Give commands to /bin/sh rather than split them into words',
    default: false,
  },
  'hook-timeout': { group: 'What to run:', describe: 'End commands that take longer', default: '30s' },
  decode: {
    group: 'Where to look:',
    type: 'boolean',
    describe: 'Decode each picture and report damaged ones',
    default: false,
  },
  stdout: {
    group: 'What to print:',
    describe: 'Pictures on standard output: jpeg, back to back, or framed, each behind a line of JSON',
  },
  'stdout-deliver': {
    group: 'What to print:',
    describe: 'latest: the newest when the reader is ready; every: senders wait for it',
    defaultDescription: 'latest; with --batch or --replay: every',
  },
  'stdout-camera': { group: 'What to print:', describe: 'Of this camera only, by its name; else of all, mixed' },
  json: {
    group: 'What to print:',
    type: 'boolean',
    describe: 'One JSON object a frame, on standard output',
    default: false,
  },
  quiet: { group: 'What to print:', type: 'boolean', describe: 'No line a frame, only changes', default: false },
  publish,
  'publish-stream': publishStream,
  subscribe: {
    group: 'With NATS:',
    describe: 'Take pictures from the stream of this NATS server, rather than on a port',
  },
  subject: {
    group: 'With NATS:',
    describe: 'Those of these cameras: frames.garden, or frames.north.>',
    default: 'frames.>',
  },
  replay: {
    group: 'With NATS:',
    type: 'boolean',
    describe: 'Begin with the oldest that the stream keeps, and take every one',
    default: false,
  },
  batch: {
    group: 'With NATS:',
    describe: 'Share them with all that do the same: at most so many at once, the newest, and no picture twice',
  },
  wait: { group: 'With NATS:', describe: 'With `--batch`: longest wait for so many to be there', default: '50ms' },
  group: { group: 'With NATS:', describe: 'With `--batch`: who shares with whom', default: 'workers' },
  ...login,
  count: { group: 'When to end:', describe: 'End after that many frames; 0: never', default: '0' },
  duration: { group: 'When to end:', describe: 'End after that time, such as 10s or 5m; 0: never', default: '0' },
  'max-senders': { group: 'What to refuse:', describe: 'Senders connected at once', default: '100' },
  'max-per-address': { group: 'What to refuse:', describe: 'Of these, from one address', default: '50' },
  'max-frame': {
    group: 'What to refuse:',
    describe: 'Longest JPEG, in bytes',
    default: '16M',
  },
  'max-size': { group: 'What to refuse:', describe: 'Largest picture', default: '4096x4096' },
  'header-timeout': { group: 'What to refuse:', describe: 'Longest wait for the first frame to begin', default: '5s' },
  'idle-timeout': {
    group: 'What to refuse:',
    describe: 'Longest time with less than 1 KiB and no whole message',
    default: '10s',
  },
} as const satisfies Record<string, Options>;

/** The table of image-receiver's options. */
export const receiverCommandLine: CommandLine = {
  program: 'image-receiver',
  environment: 'IMAGE_RECEIVER',
  summary: 'Receives pictures from any number of image-senders, and of the Python clients, for ever.',
  options,
  commands: [],
  examples: [
    ['--host 0.0.0.0 --show', 'let other machines in and show what they send'],
    ['--host 0.0.0.0 --show --tls --token-file token', 'encrypted, for senders with the token alone'],
    ['--host 0.0.0.0 --web 8000', 'show all cameras in a browser at http://localhost:8000'],
    ['--host 0.0.0.0 --record videos --record-size 20GB', 'keep as much video as fits in 20 GB'],
    ['--save pictures --quiet', 'keep every picture as it came'],
    ['--stdout jpeg | ffplay -f mjpeg -', 'hand the pictures to another program'],
    ["--on-disconnect 'notify-send gone'", 'run a command when a camera goes'],
    ['--publish nats://my-broker.local', 'hand them on to a NATS server'],
    ['--subscribe nats://my-broker.local --web 8000', 'take them from there, on any machine'],
    ['--json --count 100 | jq .latencyMs', 'figures for a script'],
    ['--port 0 --duration 1m', 'any free port, for a minute'],
  ],
};
