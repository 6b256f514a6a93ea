import type { Options } from 'yargs';
import { type WayName, wayNames } from '../link/receiving/acceptance.ts';
import type { ListenerOptions } from '../link/receiving/listener.ts';
import { CodedError } from '../protocol/errors.ts';
import type { CommandLine } from './command-line.ts';
import { readToken } from './secret-file.ts';
import {
  badOption,
  type RawOptions,
  readBytes,
  readDurationMs,
  readHost,
  readInteger,
  readOptionalText,
  readSize,
  readSwitch,
  readTimeoutMs,
} from './values.ts';

/** Whose certificate: the program's own, or that in these files. */
export type TlsChoice = { readonly certPath: string; readonly keyPath: string } | 'own';

export interface ReceiverSettings {
  readonly listener: Omit<ListenerOptions, 'tls'>;
  readonly tls: TlsChoice | undefined;
  readonly show: boolean;
  readonly decode: boolean;
  readonly saveDirectory: string | undefined;
  readonly lines: 'text' | 'json' | 'none';
  /** 0: no end. */
  readonly count: number;
  /** 0: no end. */
  readonly durationMs: number;
}

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
    defaultDescription: `${wayNames.join(',')}; with --token-file 2`,
  },
  show: {
    group: 'What to do with pictures:',
    type: 'boolean',
    describe: 'Show each sender in a window; q or Esc quits',
    default: false,
  },
  save: { group: 'What to do with pictures:', describe: 'Write each JPEG as received into this folder' },
  decode: {
    group: 'What to do with pictures:',
    type: 'boolean',
    describe: 'Decode each picture and report damaged ones',
    default: false,
  },
  json: {
    group: 'What to print:',
    type: 'boolean',
    describe: 'One JSON object a frame, on standard output',
    default: false,
  },
  quiet: { group: 'What to print:', type: 'boolean', describe: 'No line a frame, only changes', default: false },
  count: { group: 'When to end:', describe: 'End after that many frames; 0: never', default: '0' },
  duration: { group: 'When to end:', describe: 'End after that time, such as 10s or 5m; 0: never', default: '0' },
  'max-senders': { group: 'What to refuse:', describe: 'Senders connected at once', default: '100' },
  'max-per-address': { group: 'What to refuse:', describe: 'Of these, from one address', default: '50' },
  'max-frame': {
    group: 'What to refuse:',
    describe: 'Longest frame, in bytes; on the classic wire in base64 characters',
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
    ['--save pictures --quiet', 'keep every picture as it came'],
    ['--json --count 100 | jq .latenessMs', 'figures for a script'],
    ['--port 0 --duration 1m', 'any free port, for a minute'],
  ],
};

/** @throws CodedError BAD_OPTION */
export function readReceiverSettings(raw: RawOptions): ReceiverSettings {
  const token = readToken(raw, 'token-file');
  const { width: maxWidth, height: maxHeight } = readSize(raw, 'max-size');
  return {
    listener: {
      host: readHost(raw, 'host'),
      port: readInteger(raw, 'port', 0, 65535),
      token,
      accept: readAccepted(raw, token !== undefined),
      maxSenders: readInteger(raw, 'max-senders', 1, 100_000),
      maxPerAddress: readInteger(raw, 'max-per-address', 1, 100_000),
      // A 12 MiB picture in base64 is 16 MiB; the most is what one buffer of any runtime holds.
      maxFrameBytes: readBytes(raw, 'max-frame', 1024, 2 ** 30),
      maxWidth,
      maxHeight,
      headerTimeoutMs: readTimeoutMs(raw, 'header-timeout'),
      idleTimeoutMs: readTimeoutMs(raw, 'idle-timeout'),
    },
    tls: readTlsChoice(raw),
    show: readSwitch(raw, 'show'),
    decode: readSwitch(raw, 'decode'),
    saveDirectory: readOptionalText(raw, 'save'),
    lines: readSwitch(raw, 'json') ? 'json' : readSwitch(raw, 'quiet') ? 'none' : 'text',
    count: readInteger(raw, 'count', 0, 1e9),
    durationMs: readDurationMs(raw, 'duration'),
  };
}

/** @throws CodedError BAD_OPTION */
function readAccepted(raw: RawOptions, hasToken: boolean): readonly WayName[] {
  const text = readOptionalText(raw, 'accept');
  if (text === undefined) return hasToken ? ['2'] : wayNames;
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const accepted = wayNames.filter((name) => names.includes(name));
  if (names.some((name) => !accepted.some((one) => one === name))) {
    throw badOption('accept', `some of ${wayNames.join(',')}`, text);
  }
  if (hasToken && accepted.some((name) => name !== '2')) {
    throw new CodedError(
      'BAD_OPTION',
      `Cannot use --accept ${text} with --token-file as only wire 2 has tokens: leave it out`,
    );
  }
  return accepted;
}

function readTlsChoice(raw: RawOptions): TlsChoice | undefined {
  const [certPath, keyPath] = [readOptionalText(raw, 'tls-cert'), readOptionalText(raw, 'tls-key')];
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath };
  if (certPath !== undefined || keyPath !== undefined) {
    throw new CodedError('BAD_OPTION', 'Cannot use --tls-cert without --tls-key, or the other way round: give both');
  }
  return readSwitch(raw, 'tls') ? 'own' : undefined;
}
