import { isGiven as isOtherThanUsual } from '../../options/command-line.ts';
import { readToken } from '../../options/secret-file.ts';
import {
  badOption,
  parseMs,
  type RawOptions,
  readAgeMs,
  readBytes,
  readChoice,
  readDurationMs,
  readHost,
  readInteger,
  readOptionalText,
  readSwitch,
} from '../../options/values.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { Delivery } from '../../protocol/frame.ts';
import type { RetentionLimits } from '../../sinks/disk/retention.ts';
import { type HookKind, hookKinds } from '../../sinks/hooks/hook-event.ts';
import type { PublishSettings } from '../../sinks/nats/publish-sink.ts';
import type { SegmentLimits } from '../../sinks/record/active-recording.ts';
import type { Sampling } from '../../sinks/sampler.ts';
import { type FileNames, parseFileNames } from '../../sinks/save/file-names.ts';
import type { StdoutSettings } from '../../sinks/stdout/stdout-sink.ts';
import { readNats, readStreamRetention } from '../nats-options.ts';
import { receiverCommandLine } from './options.ts';

export interface RecordChoice {
  readonly directory: string;
  readonly format: 'mkv' | 'mp4';
  readonly segment: SegmentLimits;
  readonly limits: RetentionLimits;
}

export interface SaveChoice {
  readonly names: FileNames;
  readonly sampling: Sampling | undefined;
  /** Undefined: nothing is ever deleted. */
  readonly limits: RetentionLimits | undefined;
}

export interface HookChoice {
  readonly commands: Readonly<Record<HookKind, string | undefined>>;
  readonly stallAfterMs: number;
  readonly frameEvery: number;
  readonly useShell: boolean;
  readonly timeoutMs: number;
}

export interface WebChoice {
  readonly host: string;
  readonly port: number;
  readonly token: Uint8Array | undefined;
}

/** What is done with pictures. */
export interface OutputSettings {
  readonly web: WebChoice | undefined;
  readonly show: boolean;
  readonly decode: boolean;
  readonly record: RecordChoice | undefined;
  readonly save: SaveChoice | undefined;
  readonly hooks: HookChoice | undefined;
  readonly stdout: StdoutSettings | undefined;
  readonly publish: PublishSettings | undefined;
  readonly lines: 'text' | 'json' | 'none';
}

const deliveries: readonly Delivery[] = ['latest', 'every'];
/** A disk of more bytes than any. */
const maxBytes = 1e15;

/** @throws CodedError BAD_OPTION */
export function readOutputs(raw: RawOptions): OutputSettings {
  return {
    web: readWeb(raw),
    show: readSwitch(raw, 'show'),
    decode: readSwitch(raw, 'decode'),
    record: readRecord(raw),
    save: readSave(raw),
    hooks: readHooks(raw),
    stdout: readStdout(raw),
    publish: readPublish(raw),
    lines: readLines(raw),
  };
}

function readLines(raw: RawOptions): OutputSettings['lines'] {
  const isJson = readSwitch(raw, 'json');
  if (isJson && isGiven(raw, 'stdout')) {
    throw new CodedError('BAD_OPTION', 'Cannot use --json with --stdout as both write there: --stdout framed has both');
  }
  if (isJson) return 'json';
  // Whoever looks elsewhere needs no line a frame.
  const isElsewhere = ['web', 'record', 'stdout', 'publish'].some((name) => isGiven(raw, name));
  return isElsewhere || readSwitch(raw, 'quiet') ? 'none' : 'text';
}

function readStdout(raw: RawOptions): OutputSettings['stdout'] {
  const isWhole = isGiven(raw, 'batch') || readSwitch(raw, 'replay');
  const defaultValue: Delivery = isWhole ? 'every' : 'latest';
  const delivery = isGiven(raw, 'stdout-deliver') ? readChoice(raw, 'stdout-deliver', deliveries) : defaultValue;
  const camera = readOptionalText(raw, 'stdout-camera');
  if (!isGiven(raw, 'stdout')) {
    refuseWithout(raw, 'stdout', ['stdout-camera']);
    return undefined;
  }
  return { format: readChoice(raw, 'stdout', ['jpeg', 'framed']), delivery, camera };
}

function readPublish(raw: RawOptions): PublishSettings | undefined {
  const nats = readNats(raw, 'publish', { clientName: 'image-receiver', retries: 0, connectTimeoutMs: 5000 });
  if (nats === undefined) return undefined;
  return { nats, retention: readStreamRetention(raw), stallAfterMs: readPositiveMs(raw, 'stall-after') };
}

function readWeb(raw: RawOptions): WebChoice | undefined {
  const text = readOptionalText(raw, 'web');
  if (text === undefined) {
    if (isGiven(raw, 'web-token-file')) throw new CodedError('BAD_OPTION', 'Cannot use --web-token-file without --web');
    return undefined;
  }
  const [, host = 'localhost', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65535 || host.includes('/'))
    throw badOption('web', 'a port, or HOST:PORT such as 0.0.0.0:8000', text);
  return {
    host: readHost({ web: host }, 'web'),
    port: Number(port),
    token: readToken(raw, 'web-token-file', 'password'),
  };
}

function readRecord(raw: RawOptions): RecordChoice | undefined {
  const directory = readOptionalText(raw, 'record');
  const format = readChoice(raw, 'record-as', ['mkv', 'mp4']);
  const limits = readLimits(raw, 'record');
  if (directory === undefined) {
    refuseWithout(raw, 'record', ['record-size', 'record-age', 'record-keep-free', 'segment', 'on-segment']);
    return undefined;
  }
  return { directory, format, segment: readSegment(raw, format), limits };
}

function readSegment(raw: RawOptions, format: RecordChoice['format']): SegmentLimits {
  // The second is what the Python server does.
  const text = readOptionalText(raw, 'segment') ?? (format === 'mkv' ? '5m' : '600f');
  const frames = /^(\d+)f$/.exec(text)?.[1];
  if (frames !== undefined && Number(frames) > 0) return { frames: Number(frames) };
  if (/b$/i.test(text)) return { bytes: readBytes(raw, 'segment', 1e6, maxBytes) };
  const ms = parseWithUnit(text);
  if (!(ms >= 1000 && ms <= 86_400_000)) {
    throw badOption('segment', 'a time up to 1d such as 60s, frames such as 600f, or bytes such as 100MB', text);
  }
  return { ms };
}

function readSave(raw: RawOptions): SaveChoice | undefined {
  const text = readOptionalText(raw, 'save');
  const limits = readLimits(raw, 'save');
  if (text === undefined) {
    refuseWithout(raw, 'save', ['save-every', 'save-size', 'save-age', 'save-keep-free']);
    return undefined;
  }
  // Who sets no limit wants to keep all.
  const isLimited = Object.values(limits).some((limit) => limit !== undefined);
  const names = readNames(text);
  if (isLimited && !names.isDistinct) {
    const reason = 'files of yours could be called like that and be deleted: put {utc} or {time} into the pattern';
    throw new CodedError('BAD_OPTION', `Cannot use --save ${text} with a limit as ${reason}`);
  }
  return { names, sampling: readSampling(raw), limits: isLimited ? limits : undefined };
}

function readNames(text: string): FileNames {
  try {
    return parseFileNames(text);
  } catch (error) {
    throw new CodedError('BAD_OPTION', `Cannot use --save ${text} as its pattern must ${(error as Error).message}`);
  }
}

function readSampling(raw: RawOptions): Sampling | undefined {
  const text = readOptionalText(raw, 'save-every');
  if (text === undefined) return undefined;
  const frames = Number(/^(\d+)f$/.exec(text)?.[1] ?? 0);
  if (frames > 0) return { frames };
  const ms = parseWithUnit(text);
  if (!(ms > 0)) throw badOption('save-every', 'frames such as 10f, or a time such as 5s', text);
  return { ms };
}

/** Where a bare number could be anything. */
function parseWithUnit(text: string): number {
  return /\d$/.test(text) ? Number.NaN : parseMs(text);
}

function readLimits(raw: RawOptions, option: 'record' | 'save'): RetentionLimits {
  const [size, age, free] = [`${option}-size`, `${option}-age`, `${option}-keep-free`];
  return {
    maxBytes: isGiven(raw, size) ? readBytes(raw, size, 1e6, maxBytes) : undefined,
    maxAgeMs: isGiven(raw, age) ? readAgeMs(raw, age) : undefined,
    keepFreeBytes: isGiven(raw, free) ? readBytes(raw, free, 0, maxBytes) : undefined,
  };
}

function readHooks(raw: RawOptions): HookChoice | undefined {
  const found = hookKinds.map((kind) => [kind, readOptionalText(raw, `on-${kind}`)] as const);
  if (found.every(([, text]) => text === undefined)) {
    refuseUnused(raw, ['hook-timeout', 'hook-shell'], 'a hook such as --on-disconnect');
    refuseUnused(raw, ['on-frame-every'], '--on-frame');
    if (raw['publish'] === undefined) refuseUnused(raw, ['stall-after'], 'a hook such as --on-stall, or --publish');
    return undefined;
  }
  if (raw['on-frame'] === undefined) refuseUnused(raw, ['on-frame-every'], '--on-frame');
  return {
    commands: Object.fromEntries(found) as HookChoice['commands'],
    stallAfterMs: readPositiveMs(raw, 'stall-after'),
    frameEvery: readInteger(raw, 'on-frame-every', 1, 1e9),
    useShell: readSwitch(raw, 'hook-shell'),
    timeoutMs: readPositiveMs(raw, 'hook-timeout'),
  };
}

function readPositiveMs(raw: RawOptions, name: string): number {
  const ms = readDurationMs(raw, name);
  if (ms === 0) throw badOption(name, 'above 0', '0');
  return ms;
}

/** An option that would do nothing is a mistake that somebody finds out too late. */
function refuseWithout(raw: RawOptions, wanted: string, names: readonly string[]): void {
  const given = names.find((name) => isGiven(raw, name));
  if (given !== undefined) throw new CodedError('BAD_OPTION', `Cannot use --${given} without --${wanted}`);
}

/** Likewise, of options that have a value of their own without. */
function refuseUnused(raw: RawOptions, names: readonly string[], wanted: string): void {
  const given = names.find((name) => isOtherThanUsual(raw, name, receiverCommandLine));
  if (given !== undefined) throw new CodedError('BAD_OPTION', `Cannot use --${given} without ${wanted}`);
}

function isGiven(raw: RawOptions, name: string): boolean {
  return raw[name] !== undefined;
}
