import { CodedError } from '../../errors.ts';
import { readSwitch } from '../../system/switch-words.ts';

/** The variable that keeps both programs from sending multicast packets, whatever their options are. */
export const multicastVariable = 'IMAGE_SOCKET_MULTICAST';

/** Whether the program may announce and look. @throws CodedError BAD_OPTION */
export function isMulticastOn(environment: Readonly<Record<string, string | undefined>>): boolean {
  const text = environment[multicastVariable];
  if (text === undefined) return true;
  const isOn = readSwitch(text);
  if (isOn !== undefined) return isOn;
  const wanted = 'it must be on or off';
  throw new CodedError('BAD_OPTION', `Cannot use the variable ${multicastVariable} as ${wanted}: it is '${text}'`);
}
