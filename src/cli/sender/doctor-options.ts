import process from 'node:process';
import type { DoctorRequest } from '../../doctor/examine.ts';
import type { NatsChoice } from '../../doctor/nats-probe.ts';
import { plainName } from '../../frames/camera-key.ts';
import { framesOf } from '../../nats/subjects.ts';
import { isGiven, type Run } from '../../options/command-line.ts';
import type { RawOptions } from '../../options/values.ts';
import { senderCommandLine } from './commands.ts';
import { checkMeaning, readName, readPublishing, readSenderTarget, receiverOptions } from './options.ts';

/** Options that say where pictures go, and how. */
const targetOptions = [
  'host',
  'port',
  'wire',
  'tls-pin',
  'tls',
  'tls-ca',
  'token-file',
  'token-without-tls',
  'connect-timeout',
  'publish',
  'publish-stream',
  'nats-login',
  'nats-creds',
  'nats-nkey',
  'nats-ca',
  'nats-cert',
  'nats-key',
  'name',
] as const;

/** The receiver, or the NATS server, is looked at where one is named. @throws CodedError BAD_OPTION */
export function readDoctorRequest({ command, options }: Run): DoctorRequest {
  checkMeaning(command, options);
  const nats = readNatsChoice(options);
  const isReceiver = nats === undefined && receiverOptions.some((name) => isGiven(options, name, senderCommandLine));
  return {
    receiver: isReceiver ? readSenderTarget(options) : undefined,
    nats,
    typed: targetOptions.flatMap((name) => describeOption(options, name)),
  };
}

function readNatsChoice(raw: RawOptions): NatsChoice | undefined {
  const publishing = readPublishing(raw, 1, 0);
  return publishing && { ...publishing, subject: framesOf(plainName(readName(raw))) };
}

function describeOption(options: RawOptions, name: (typeof targetOptions)[number]): string[] {
  const value = options[name];
  const { default: defaultValue } = senderCommandLine.options[name] ?? {};
  if (value === undefined || value === defaultValue) return [];
  // An address with a password in it is put there so that nobody sees it, and is there for the next command too.
  if (name === 'publish' && process.env['IMAGE_SENDER_PUBLISH'] === value) return [];
  return value === true ? [`--${name}`] : [`--${name}`, String(value)];
}
