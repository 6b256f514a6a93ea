import type { SubscriptionOptions } from '../../nats/subscribing/subscription.ts';
import { readToken } from '../../options/secret-file.ts';
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
} from '../../options/values.ts';
import { CodedError } from '../../protocol/errors.ts';
import { type ProtocolName, protocolNames } from '../../protocol/protocol-access.ts';
import type { ListenerOptions } from '../../transport/accept/listener.ts';
import { type OutputSettings, readOutputs } from './outputs.ts';
import { readSubscription } from './subscription.ts';

/** Whose certificate: the program's own, or that in these files. */
export type TlsChoice = { readonly certPath: string; readonly keyPath: string } | 'own';

export interface ReceiverSettings {
  readonly listener: Omit<ListenerOptions, 'tls'>;
  readonly tls: TlsChoice | undefined;
  /** Where pictures are taken from in place of the port. */
  readonly subscription: SubscriptionOptions | undefined;
  readonly outputs: OutputSettings;
  /** 0: no end. */
  readonly count: number;
  /** 0: no end. */
  readonly durationMs: number;
}

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
      // The most is what one buffer of any runtime holds.
      maxFrameBytes: readBytes(raw, 'max-frame', 1000, 1e9),
      maxWidth,
      maxHeight,
      headerTimeoutMs: readTimeoutMs(raw, 'header-timeout'),
      idleTimeoutMs: readTimeoutMs(raw, 'idle-timeout'),
    },
    tls: readTlsChoice(raw),
    subscription: readSubscription(raw),
    outputs: readOutputs(raw),
    count: readInteger(raw, 'count', 0, 1e9),
    durationMs: readDurationMs(raw, 'duration'),
  };
}

/** @throws CodedError BAD_OPTION */
function readAccepted(raw: RawOptions, hasToken: boolean): readonly ProtocolName[] {
  const text = readOptionalText(raw, 'accept');
  if (text === undefined) return hasToken ? ['2'] : protocolNames;
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const accepted = protocolNames.filter((name) => names.includes(name));
  if (names.some((name) => !accepted.some((one) => one === name))) {
    throw badOption('accept', `some of ${protocolNames.join(',')}`, text);
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
