import { CodedError } from '../errors.ts';

// Single quotes keep all characters. Characters that are missing here, in double quotes and
// outside, are for a shell.
const blank = /(?<blank>[ \t]+)/;
const single = /'(?<single>[^']*)'/;
const double = /"(?<double>(?:[^"\\$`]|\\[\s\S])*)"/;
const escaped = /\\(?<escaped>[\s\S])/;
const plain = /(?<plain>[^ \t\n'"\\|&;<>()$`]+)/;
const piece = new RegExp([blank, single, double, escaped, plain].map(({ source }) => source).join('|'), 'gy');
/** Double quotes with a character in them that a shell would expand. */
const expanded = /^"(?:[^"\\$`]|\\[\s\S])*([$`])/;

/**
 * Splits a command into its words as a POSIX shell does with quotes and backslashes. Nothing is
 * expanded. Text that a shell would expand is an error, as its author expects a shell.
 * @throws CodedError BAD_OPTION
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  /** Undefined between words. */
  let word: string | undefined;
  for (const { 0: whole, groups } of text.matchAll(piece)) {
    at += whole.length;
    const part = readPiece(groups ?? {});
    if (part !== undefined) word = (word ?? '') + part;
    else if (groups?.['blank'] !== undefined && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (at < text.length) throw refuse(text, text.slice(at));
  return word === undefined ? words : [...words, word];
}

/** The text that a piece adds to a word; undefined: none. */
function readPiece({ single, double, escaped, plain }: Record<string, string>): string | undefined {
  if (double !== undefined)
    return double.replaceAll(/\\([$`"\\\n])/g, (_, char: string) => (char === '\n' ? '' : char));
  // The line goes on in the next one.
  if (escaped === '\n') return undefined;
  return single ?? escaped ?? plain;
}

/** @param rest the text from the first character that cannot be read */
function refuse(text: string, rest: string): CodedError {
  return new CodedError('BAD_OPTION', `Cannot use the command ${JSON.stringify(text)} as ${findFault(rest)}`);
}

function findFault(rest: string): string {
  const char = expanded.exec(rest)?.[1] ?? rest[0] ?? '';
  if (char === '\\') return 'it ends with a backslash';
  if (char === '"' || char === "'") return `its last ${char} is not closed`;
  return `${char === '\n' ? 'a line end' : char} is for a shell: write it in '' or use --hook-shell`;
}
