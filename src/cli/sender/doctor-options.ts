import process from 'node:process';
import type { DoctorRequest } from '../../doctor/examine.ts';
import { plainName } from '../../frames/camera-key.ts';
import { framesOf } from '../../nats/subjects.ts';
import { findReceivers } from '../../network/discovery/find-receivers.ts';
import { isMulticastOn } from '../../network/discovery/multicast-switch.ts';
import { checkRun, type ParsedWords } from '../../options/commands.ts';
import { isGiven, type Option, type RawOptions } from '../../options/option.ts';
import { readOptions } from '../../options/read-options.ts';
import { senderCommandLine } from './commands.ts';
import { readJoined } from './join/joined-target.ts';
import { readDelivery, senderOptions } from './options.ts';
import { readPublishing } from './settings.ts';
import { readSenderTarget, receiverOptions, trustOptions } from './target.ts';

/** The doctor connects once, and sends no picture. */
const retries = 1;
const intervalMs = 0;

/**
 * The receiver, or the NATS server, is looked at where one is named.
 * @throws CodedError BAD_OPTION
 */
export function readDoctorRequest(run: ParsedWords): DoctorRequest {
  checkRun(senderCommandLine, run);
  const values = readOptions(senderOptions, run.options);
  const publishing = readPublishing(values, retries, intervalMs);
  const subject = framesOf(plainName(readDelivery(values).name));
  const aboutReceiver = Object.entries({ ...receiverOptions, ...trustOptions });
  const joined = readJoined(run.options, values);
  const isReceiver = joined !== undefined || aboutReceiver.some(([name, option]) => isGiven(option, run.options[name]));
  return {
    receiver: isReceiver ? { ...readSenderTarget(values), ...joined } : undefined,
    find:
      values.find && !isReceiver && publishing === undefined && isMulticastOn(process.env) ? findReceivers : undefined,
    nats: publishing && { ...publishing, subject },
    typed: Object.entries(senderOptions).flatMap(([name, option]) => describeOption(name, option, run.options)),
  };
}

/** As it was typed, for the command that is advised. */
function describeOption(name: string, option: Option, raw: RawOptions): string[] {
  const value = raw[name];
  if (!isGiven(option, value)) return [];
  // An address with a password in it is put there so that nobody sees it, and is there for the next
  // command too.
  if (option.holds === 'login' && process.env[`IMAGE_SENDER_${name.toUpperCase()}`] === value) return [];
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
  return [`--${name}`, String(value)];
}
