import { hostname } from 'node:os';
import type { SenderOptions } from '../../delivery/sender.ts';
import type { NatsOptions } from '../../nats/nats.ts';
import type { StreamRetention } from '../../nats/stream-provisioner.ts';
import { parseFingerprint } from '../../network/tls/fingerprint.ts';
import { isGiven, type Run } from '../../options/command-line.ts';
import { readOptionalFile, readToken } from '../../options/secret-file.ts';
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
} from '../../options/values.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { Delivery, FrameLimits } from '../../protocol/frame.ts';
import type { PictureSize } from '../../protocol/jpeg/jpeg-size.ts';
import { readName as composeName, maxNameBytes } from '../../protocol/wire2/message.ts';
import type { PictureOptions } from '../../sources/picture-options.ts';
import type { SourceChoice } from '../../sources/source.ts';
import type { DialOptions, TlsTrust } from '../../transport/connect/dial.ts';
import { checkNatsOptions, readNats, readStreamRetention } from '../nats-options.ts';
import { optionsOf, senderCommandLine } from './commands.ts';

export interface PublishingChoice {
  readonly options: NatsOptions;
  readonly retention: StreamRetention;
  /** Time without a picture after which the camera is told of as stalled, in milliseconds. */
  readonly stallAfterMs: number;
}

export interface SenderSettings {
  readonly source: SourceChoice;
  /** Of pictures that are made here. */
  readonly picture: PictureOptions;
  /** Of JPEGs that are made elsewhere. */
  readonly limits: FrameLimits;
  readonly sender: Omit<SenderOptions, 'delivery'>;
  /** The NATS server that takes the pictures in place of a receiver, and what it is to keep. */
  readonly nats: PublishingChoice | undefined;
  /** Undefined: as the source is for. */
  readonly delivery: Delivery | undefined;
}

/** OpenCV's own pictures of three channels hold 2^31 bytes at the most. */
const maxPixels = 2 ** 28;

/** Those of the Python programs. */
const defaultSize: PictureSize = { width: 480, height: 315 };
const defaultQuality = 90;

/** The value of --fps that stands for the file's own rate. */
const ownRate = 'source';

/** @throws CodedError BAD_OPTION */
export function readSenderSettings({ command, options: raw, passedOn }: Run): SenderSettings {
  checkMeaning(command, raw);
  const source = readSource(command, raw, passedOn);
  const { width: maxWidth, height: maxHeight } = readSize(raw, 'max-size');
  const retries = readRetries(raw);
  return {
    source,
    nats: readPublishing(raw, retries, readIntervalMs(raw, source.kind)),
    picture: {
      size: readPictureSize(raw),
      quality: raw['quality'] === undefined ? defaultQuality : readInteger(raw, 'quality', 1, 100),
      intervalMs: readIntervalMs(raw, source.kind),
    },
    limits: { maxFrameBytes: readBytes(raw, 'max-frame', 1000, 1e9), maxWidth, maxHeight },
    delivery: raw['deliver'] === undefined ? undefined : readChoice<Delivery>(raw, 'deliver', ['latest', 'every']),
    sender: {
      ...readSenderTarget(raw),
      name: readName(raw),
      maxInFlight: readInteger(raw, 'in-flight', 1, 1000),
      bufferBytes: readBytes(raw, 'buffer', 1, 4e9),
      idleTimeoutMs: readTimeoutMs(raw, 'idle-timeout'),
      retries,
      count: readInteger(raw, 'count', 0, 1e9),
      sendTimeoutMs: readTimeoutMs(raw, 'send-timeout'),
    },
  };
}

/** That of the Python programs; a broker may be away for longer. */
function readRetries(raw: RawOptions): number {
  if (raw['retries'] !== undefined) return readInteger(raw, 'retries', 0, 1e9);
  return raw['publish'] === undefined ? 10 : 0;
}

/** As receivers reckon. */
const minStallMs = 10_000;
/** Options that are about a receiver. */
export const receiverOptions = [
  'host',
  'port',
  'wire',
  'token-file',
  'token-without-tls',
  'tls',
  'tls-pin',
  'tls-ca',
  'idle-timeout',
] as const;

/** Undefined: pictures go to a receiver. @throws CodedError BAD_OPTION */
export function readPublishing(raw: RawOptions, retries: number, intervalMs: number): PublishingChoice | undefined {
  const connectTimeoutMs = readTimeoutMs(raw, 'connect-timeout');
  const options = readNats(raw, 'publish', { clientName: 'image-sender', retries, connectTimeoutMs });
  if (options === undefined) {
    checkNatsOptions(raw, '--publish');
    if (isGiven(raw, 'publish-stream', senderCommandLine)) {
      throw new CodedError('BAD_OPTION', 'Cannot use --publish-stream without --publish');
    }
    return undefined;
  }
  const given = receiverOptions.find((name) => isGiven(raw, name, senderCommandLine));
  if (given !== undefined) {
    throw new CodedError('BAD_OPTION', `Cannot use --${given} with --publish, as pictures go to a NATS server only`);
  }
  return { options, retention: readStreamRetention(raw), stallAfterMs: Math.max(minStallMs, 3 * intervalMs) };
}

/** Which receiver, and how to talk to it. @throws CodedError BAD_OPTION */
export function readSenderTarget(raw: RawOptions): DialOptions & Pick<SenderOptions, 'token' | 'wire'> {
  return {
    ...readTrust(raw),
    host: raw['host'] === undefined ? 'localhost' : readHost(raw, 'host'),
    port: readInteger(raw, 'port', 1, 65535),
    connectTimeoutMs: readTimeoutMs(raw, 'connect-timeout'),
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

/** @throws CodedError BAD_OPTION */
export function readName(raw: RawOptions): string {
  const given = readOptionalText(raw, 'name');
  if (given === undefined) return composeName(hostname()) ?? 'unnamed';
  const name = composeName(given);
  if (name !== undefined) return name;
  const { length } = new TextEncoder().encode(given);
  if (length > maxNameBytes)
    throw new CodedError(
      'BAD_OPTION',
      `Cannot use --name as it must be 1 to ${maxNameBytes} bytes: it is ${length} bytes`,
    );
  throw badOption('name', '1 to 64 bytes without control characters, with something to be seen', given);
}

/** What a command cannot do is an error rather than without effect. */
export function checkMeaning(command: string | undefined, raw: RawOptions): void {
  for (const [name, commands] of Object.entries(optionsOf)) {
    const isGiven = raw[name] !== undefined && raw[name] !== false;
    if (!isGiven || command === undefined || commands.includes(command)) continue;
    throw new CodedError('BAD_OPTION', `Cannot use --${name} with ${command}: it is for ${commands.join(', ')}`);
  }
}

function readSource(command: string | undefined, raw: RawOptions, passedOn: readonly string[]): SourceChoice {
  if (passedOn.length > 0 && command !== 'rpicam') {
    throw new CodedError('BAD_OPTION', `Cannot pass on '${passedOn[0]}' behind --: only rpicam takes options so`);
  }
  switch (command) {
    case 'camera':
      return { kind: 'camera', device: readText(raw, 'device'), passthrough: readPassthrough(raw) };
    case 'rpicam':
      return { kind: 'rpicam', camera: readCameraNumber(raw), extraArguments: passedOn };
    case 'pipe':
      return { kind: 'pipe' };
    case 'video':
      return { kind: 'video', file: readFile(raw), once: readSwitch(raw, 'once'), atOwnRate: raw['fps'] === ownRate };
    case 'folder':
      return { kind: 'folder', paths: readPaths(raw), once: readSwitch(raw, 'once') };
    case 'pattern':
      return { kind: 'pattern' };
    default:
      throw new CodedError('BAD_OPTION', `Cannot start as there is no source '${command ?? ''}'`);
  }
}

/** Undefined: as it goes. */
function readPassthrough(raw: RawOptions): boolean | undefined {
  return raw['passthrough'] === undefined ? undefined : readSwitch(raw, 'passthrough');
}

function readCameraNumber(raw: RawOptions): string | undefined {
  if (raw['number'] === undefined) return undefined;
  const text = readText(raw, 'number');
  if (/^\d{1,2}$/.test(text)) return text;
  throw new CodedError('BAD_OPTION', `Cannot use camera '${text}' as it must be a number that \`camera --list\` shows`);
}

function readPaths(raw: RawOptions): string[] {
  const { paths } = raw;
  const found = Array.isArray(paths) ? paths.map(String) : paths === undefined ? [] : [readText(raw, 'paths')];
  if (found.length > 0) return found;
  throw new CodedError('BAD_OPTION', 'Cannot send pictures without their folder: image-sender folder FOLDER');
}

function readFile(raw: RawOptions): string {
  const file = readOptionalText(raw, 'file');
  if (file !== undefined) return file;
  throw new CodedError('BAD_OPTION', 'Cannot send a video without its file: image-sender video FILE');
}

/** Undefined keeps that of the source. */
function readPictureSize(raw: RawOptions): PictureSize | undefined {
  const text = readOptionalText(raw, 'size');
  if (text === undefined) return defaultSize;
  return text === 'source' ? undefined : readSize(raw, 'size', maxPixels);
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
