import { basename } from 'node:path';
import process from 'node:process';
import { findReceivers } from '../../../network/discovery/find-receivers.ts';
import { isMulticastOn } from '../../../network/discovery/multicast-switch.ts';
import type { RawOptions, Values } from '../../../options/option.ts';
import type { TcpSenderOptions } from '../../../transport/connect/tcp-sender.ts';
import type { senderOptions } from '../options.ts';
import { trustOptions } from '../target.ts';
import { findReceiverFile, readReceiverFile } from './receiver-file.ts';

type JoinedTarget = Pick<TcpSenderOptions, 'host' | 'port' | 'tls' | 'token' | 'wire' | 'find'> &
  Partial<Pick<TcpSenderOptions, 'name'>>;

/** With one of these a user chooses another receiver than the one that was joined. */
const choices = ['publish', 'host', 'port', 'wire', ...Object.keys(trustOptions)];

/**
 * The receiver that was joined, in place of what the options say without a choice.
 * @throws CodedError BAD_OPTION
 */
export function readJoined(raw: RawOptions, values: Values<typeof senderOptions>): JoinedTarget | undefined {
  const joined = isChosen(raw) ? undefined : readReceiverFile();
  if (joined === undefined) return undefined;
  const { host, port, pin, token, name } = joined;
  return {
    ...{ host, port, wire: '2' },
    tls: { pin, ca: undefined, isJoined: true },
    token: new TextEncoder().encode(token),
    // The address may be another one the next day; the fingerprint says which receiver it is.
    find: values.find && isMulticastOn(process.env) ? findReceivers : undefined,
    ...(values.name === undefined ? { name } : {}),
  };
}

/** The file of the receiver that was joined, for a service: by its id; none where another is chosen. */
export function listReceiverFile(raw: RawOptions): Record<string, string> {
  const path = isChosen(raw) || readReceiverFile() === undefined ? undefined : findReceiverFile();
  return path === undefined ? {} : { [basename(path)]: path };
}

function isChosen(raw: RawOptions): boolean {
  return choices.some((name) => raw[name] !== undefined && raw[name] !== false);
}
