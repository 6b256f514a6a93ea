import type { SubscriptionMode, SubscriptionOptions } from '../../nats/subscribing/subscription.ts';
import { isGiven } from '../../options/command-line.ts';
import {
  badOption,
  type RawOptions,
  readBytes,
  readDurationMs,
  readInteger,
  readSize,
  readSwitch,
  readText,
  readTimeoutMs,
} from '../../options/values.ts';
import { CodedError } from '../../protocol/errors.ts';
import { checkNatsOptions, readNats } from '../nats-options.ts';
import { receiverCommandLine } from './options.ts';

/** Options that say who may send to a port. */
const portOptions = [
  ...['host', 'port', 'token-file', 'accept', 'max-senders', 'max-per-address', 'header-timeout', 'publish-stream'],
] as const;
const tlsOptions = ['tls', 'tls-cert', 'tls-key'] as const;
const modeOptions = ['replay', 'batch', 'subject', 'wait', 'group'] as const;
const shareOptions = ['wait', 'group'] as const;
const maxWaitMs = 60_000;

/** Undefined without --subscribe. @throws CodedError BAD_OPTION */
export function readSubscription(raw: RawOptions): SubscriptionOptions | undefined {
  const nats = readNats(raw, 'subscribe', { clientName: 'image-receiver', retries: 0, connectTimeoutMs: 5000 });
  if (nats === undefined) {
    refuse(raw, modeOptions, 'without --subscribe');
    if (raw['publish'] === undefined) {
      checkNatsOptions(raw, '--publish or --subscribe');
      refuse(raw, ['publish-stream'], 'without --publish');
    }
    return undefined;
  }
  refuse(raw, ['publish'], 'with --subscribe: leaf nodes of nats-server pass frames on from server to server');
  // The page may have TLS of its own.
  const atPort = raw['web'] === undefined ? [...portOptions, ...tlsOptions] : portOptions;
  refuse(raw, atPort, 'with --subscribe, as no port is open');
  const { width: maxWidth, height: maxHeight } = readSize(raw, 'max-size');
  return {
    nats,
    subject: readSubject(raw),
    limits: { maxFrameBytes: readBytes(raw, 'max-frame', 1000, 1e9), maxWidth, maxHeight },
    idleTimeoutMs: readTimeoutMs(raw, 'idle-timeout'),
    mode: readMode(raw),
  };
}

function readMode(raw: RawOptions): SubscriptionMode {
  const isReplay = readSwitch(raw, 'replay');
  if (raw['batch'] === undefined) {
    refuse(raw, shareOptions, 'without --batch');
    if (!isReplay && raw['stdout-deliver'] === 'every') {
      throw new CodedError('BAD_OPTION', 'Cannot use --stdout-deliver every with --subscribe without --replay');
    }
    return { kind: isReplay ? 'replay' : 'newest' };
  }
  const lost =
    'with --batch, as pictures of other cameras would be lost to the other workers: use --subject and --group';
  refuse(raw, ['stdout-camera'], lost);
  if (isReplay)
    throw new CodedError('BAD_OPTION', 'Cannot use --batch with --replay, as it is for the newest: give one');
  const group = readText(raw, 'group');
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(group)) throw badOption('group', '1 to 64 letters, digits, - and _', group);
  return {
    kind: 'shared',
    group,
    batch: readInteger(raw, 'batch', 1, 1000),
    waitMs: readWaitMs(raw),
  };
}

function readWaitMs(raw: RawOptions): number {
  const ms = readDurationMs(raw, 'wait');
  if (ms > maxWaitMs) throw badOption('wait', 'at most 60s', readText(raw, 'wait'));
  return ms;
}

/** `frames.`, and then tokens as NATS knows them. */
function readSubject(raw: RawOptions): string {
  const text = readText(raw, 'subject');
  const isFine = /^frames(\.([0-9A-Za-z_-]+|\*))*\.([0-9A-Za-z_-]+|\*|>)$/.test(text);
  if (!isFine) throw badOption('subject', 'a subject such as frames.garden or frames.north.>', text);
  return text;
}

function refuse(raw: RawOptions, names: readonly string[], why: string): void {
  const given = names.find((name) => isGiven(raw, name, receiverCommandLine));
  if (given !== undefined) throw new CodedError('BAD_OPTION', `Cannot use --${given} ${why}`);
}
