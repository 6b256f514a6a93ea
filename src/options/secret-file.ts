import { readFileSync, statSync } from 'node:fs';
import { trimSpace } from '../protocol/ascii.ts';
import { CodedError } from '../protocol/errors.ts';
import { maxTokenBytes } from '../protocol/wire2/message.ts';
import { describeFileError } from '../system/file-error.ts';
import { type RawOptions, readOptionalText } from './values.ts';

const maxFileBytes = 1024 * 1024;
const minTokenBytes = 8;

/** The token, or the password, in the file that the option names, without white space around it; undefined where there is no such option. */
export function readToken(options: RawOptions, name: string, what = 'token'): Uint8Array | undefined {
  const path = readOptionalText(options, name);
  if (path === undefined) return undefined;
  const token = trimSpace(readSmallFile(path, name));
  if (token.length >= minTokenBytes && token.length <= maxTokenBytes) return token;
  throw badFile(
    name,
    path,
    `the ${what} in it must be ${minTokenBytes} to ${maxTokenBytes} bytes: it is ${token.length}`,
  );
}

/** The text of the file that the option names, without white space around it; undefined where there is no such option. */
export function readOptionalFile(options: RawOptions, name: string): string | undefined {
  const path = readOptionalText(options, name);
  return path === undefined ? undefined : new TextDecoder().decode(trimSpace(readSmallFile(path, name)));
}

function readSmallFile(path: string, name: string): Uint8Array {
  try {
    const found = statSync(path);
    // A pipe without a writer would keep even Ctrl-C waiting.
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > maxFileBytes) throw new Error(`it must be at most ${maxFileBytes} bytes`);
    return readFileSync(path);
  } catch (error) {
    throw badFile(name, path, describeFileError(error));
  }
}

function badFile(name: string, path: string, reason: string): CodedError {
  return new CodedError('BAD_OPTION', `Cannot use --${name} ${path}: ${reason}`);
}
