import { access, constants } from 'node:fs/promises';
import process from 'node:process';
import { CodedError } from '../errors.ts';
import { describeFileError } from './file-error.ts';
import { findProgram } from './search-path.ts';
import { splitWords } from './split-words.ts';

/** A program and its arguments. */
export interface ChildCommand {
  readonly path: string;
  readonly args: readonly string[];
}

/**
 * Reads a command, and checks that its program is there.
 * @param useShell whether /bin/sh reads the command
 * @throws CodedError BAD_OPTION
 */
export async function readChildCommand(text: string, useShell: boolean): Promise<ChildCommand> {
  if (useShell) return { path: '/bin/sh', args: ['-c', text] };
  const [program, ...args] = splitWords(text);
  if (program === undefined || program === '') {
    throw new CodedError('BAD_OPTION', `Cannot use the command ${JSON.stringify(text)} as it names no program`);
  }
  const path = program.includes('/') ? program : await findProgram(program, process.env);
  if (path === undefined) throw unusable(text, `there is no program ${program} in the search path (PATH)`);
  await access(path, constants.X_OK).catch((error) => {
    throw unusable(text, `${path} cannot be run: ${describeFileError(error)}`);
  });
  return { path, args };
}

function unusable(text: string, reason: string): CodedError {
  return new CodedError('BAD_OPTION', `Cannot use the command ${JSON.stringify(text)} as ${reason}`);
}
