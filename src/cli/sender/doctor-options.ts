import type { DoctorRequest } from '../../doctor/examine.ts';
import type { Run } from '../command-line.ts';
import { senderCommandLine } from './commands.ts';
import { checkMeaning, readSenderTarget } from './options.ts';

/** Options that say which receiver, and how to reach it. */
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
] as const;

/** The receiver is looked at where one is named. @throws CodedError BAD_OPTION */
export function readDoctorRequest({ command, options }: Run): DoctorRequest {
  checkMeaning(command, options);
  const typed = targetOptions.flatMap((name) => {
    const value = options[name];
    const { default: usual } = senderCommandLine.options[name] ?? {};
    if (value === undefined || value === usual) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
  return { receiver: options['host'] === undefined ? undefined : readSenderTarget(options), typed };
}
