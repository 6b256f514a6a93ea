import { readFileSync, statSync } from 'node:fs';
import { CodedError } from '../errors.ts';
import { trimSpace } from '../protocol/ascii.ts';
import { maxTokenBytes } from '../protocol/wire2/message.ts';
import { errorLine } from '../system/error-line.ts';
import { describeFileError } from '../system/file-error.ts';
import { quoteWord } from '../system/shell-word.ts';
import type { Reader } from './option.ts';

const maxFileBytes = 1024 * 1024;
const minTokenBytes = 8;

/** Advice for a secret that this program chooses: the command that makes the file. */
export function adviseNewSecret(path: string): string {
  return `make it with head -c 24 /dev/urandom | base64 > ${quoteWord(path)}`;
}

/**
 * The secret in the file that the option names, without white space around it.
 * @param what it is called: `token`
 * @param advise what to do where there is no such file
 */
export function secretFile(what: string, advise: (path: string) => string): Reader<Uint8Array> {
  return (path, name) => {
    const secret = trimSpace(readSmallFile(path, name, advise(path)));
    if (secret.length >= minTokenBytes && secret.length <= maxTokenBytes) return secret;
    const limit = `the ${what} in it must be ${minTokenBytes} to ${maxTokenBytes} bytes`;
    throw badFile(name, path, `${limit}: it is ${secret.length}`);
  };
}

/**
 * The text of the file that the option names, without white space around it, as `parse` reads it.
 */
export function parsedFile<T>(parse: (text: string) => T): Reader<T> {
  return (path, name) => {
    const text = new TextDecoder().decode(trimSpace(readSmallFile(path, name)));
    try {
      return parse(text);
    } catch (error) {
      throw badFile(name, path, errorLine(error));
    }
  };
}

/** The text of the file that the option names, without white space around it. */
export const textFile = parsedFile((text) => text);

/** @param cure for a file that is not there */
function readSmallFile(path: string, name: string, cure = ''): Uint8Array {
  try {
    const found = statSync(path);
    // A pipe without a writer would keep even Ctrl-C waiting.
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > maxFileBytes) throw new Error(`it must be at most ${maxFileBytes} bytes`);
    return readFileSync(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && cure !== '';
    throw badFile(name, path, `${describeFileError(error)}${isMissing ? `; ${cure}` : ''}`);
  }
}

function badFile(name: string, path: string, reason: string): CodedError {
  return new CodedError('BAD_OPTION', `Cannot use --${name} ${path}: ${reason}`);
}
