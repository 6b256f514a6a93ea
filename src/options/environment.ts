import { CodedError } from '../errors.ts';
import { readSwitch } from '../system/switch-words.ts';
import type { Options } from './option.ts';
import { flag } from './readers.ts';
import { findNearest } from './suggest.ts';

/**
 * Changes the program's variables to the form that yargs expects: yargs reads only `true` as on, and
 * its error for an unknown option does not say that the option was in the environment.
 * @throws CodedError BAD_OPTION
 */
export function normalizeEnvironment(
  environment: Record<string, string | undefined>,
  prefix: string,
  options: Options,
): void {
  const optionOf = new Map(
    [...Object.keys(options), 'config'].map((name) => [`${prefix}_${name.replaceAll('-', '_').toUpperCase()}`, name]),
  );
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(`${prefix}_`) || text === undefined) continue;
    const name = optionOf.get(variable);
    if (name === undefined) {
      const nearest = findNearest(variable, [...optionOf.keys()]);
      const advice =
        nearest === undefined
          ? `the name of an option must follow ${prefix}_, as in ${prefix}_PORT`
          : `did you mean ${nearest}?`;
      throw new CodedError('BAD_OPTION', `Cannot use the variable ${variable} as it names no option: ${advice}`);
    }
    if (options[name]?.read === flag) environment[variable] = normalizeSwitch(variable, text);
  }
}

function normalizeSwitch(variable: string, text: string): 'true' | 'false' {
  const isOn = readSwitch(text);
  if (isOn !== undefined) return isOn ? 'true' : 'false';
  throw new CodedError(
    'BAD_OPTION',
    `Cannot use the variable ${variable} as it must be 1 or 0, true or false, yes or no: it is '${text}'`,
  );
}
