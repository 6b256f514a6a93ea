// How systemd reads the text after `=` in a unit: words, quotes, escapes, %-specifiers and, in
// command lines, $-variables.
import { CodedError } from '../errors.ts';

/** Words that mean themselves. */
const plain = /^[A-Za-z0-9_@+=:,./[\]-]+$/;
/**
 * Control characters, a line end among them, and halves of characters that a JSON file may hold.
 */
const unspeakable = /[\p{Cc}\p{Cs}]/u;

/**
 * A word of ExecStart= behind the first that the program gets as it is here.
 * @throws CodedError BAD_OPTION
 */
export function quoteArgument(text: string): string {
  return quotePath(text).replaceAll('$', () => '$$');
}

/**
 * The program of ExecStart=, which knows no variables.
 * @throws CodedError BAD_OPTION where systemd takes no such path
 */
export function quoteProgram(path: string): string {
  if (/["'\\]/.test(path)) {
    const advice = 'copy the program to a folder such as /opt';
    throw new CodedError(
      'BAD_OPTION',
      `Cannot make a service of ${path} as systemd takes no quote or backslash there: ${advice}`,
    );
  }
  return quotePath(path);
}

/**
 * A path in BindReadOnlyPaths=, where what follows a colon would be another.
 * @throws CodedError BAD_OPTION
 */
export function quoteMount(path: string): string {
  return quotePath(path.replaceAll(':', '\\:'));
}

/** A path in a list. @throws CodedError BAD_OPTION */
export function quotePath(text: string): string {
  if (plain.test(text)) return text;
  return `"${escapeSpecifiers(text).replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * A text that goes to the end of its line, such as the path in LoadCredential=.
 * @throws CodedError BAD_OPTION
 */
export function escapeSpecifiers(text: string): string {
  if (unspeakable.test(text)) {
    const shown = JSON.stringify(text).slice(0, 60);
    throw new CodedError('BAD_OPTION', `Cannot make a service with a control character: it is in ${shown}`);
  }
  return text.replaceAll('%', '%%');
}
