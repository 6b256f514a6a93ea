import { codeLetters } from '../code-letters.ts';

/** Letters of a code: the last one checks the others. */
export const codeLength = 16;
/** Random letters, of five bits each. */
export const randomLength = codeLength - 1;
const groupLength = 4;

/**
 * Makes a code of random letters.
 * @param random 15 letters of `codeLetters`
 * @returns 16 letters in the form that `readJoinCode` gives
 */
export function makeJoinCode(random: string): string {
  return random + codeLetters[check(random)];
}

/** As people read and type it: `3k7m-9q2x-...`. */
export function formatJoinCode(code: string): string {
  return code.match(new RegExp(`.{1,${groupLength}}`, 'g'))?.join('-') ?? '';
}

/** Why a text is no code: it has another number of letters, a sign that no code has, or a typing error. */
export type BadCode =
  | { readonly why: 'length'; readonly letters: number }
  | { readonly why: 'letter'; readonly letter: string }
  | { readonly why: 'typing' };

/**
 * Reads a code as people type it: in letters of any case, with hyphens and spaces anywhere, and
 * with `o`, `i` and `l` for the digits that look like them.
 * @returns 16 small letters and digits; or why it is no code
 */
export function readJoinCode(text: string): string | BadCode {
  const letters = text.toLowerCase().replaceAll(/[\s-]/gu, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  const bad = [...letters].find((letter) => !codeLetters.includes(letter));
  if (bad !== undefined) return { why: 'letter', letter: bad };
  if (letters.length !== codeLength) return { why: 'length', letters: letters.length };
  return makeJoinCode(letters.slice(0, randomLength)) === letters ? letters : { why: 'typing' };
}

/**
 * A digit over the field of 32 elements. It changes with each letter that is wrong, and with two
 * letters that change their places.
 */
function check(letters: string): number {
  let sum = 0;
  for (const letter of letters) sum = double(sum ^ codeLetters.indexOf(letter));
  return sum;
}

/** Multiplies by x, modulo x^5 + x^2 + 1. */
function double(element: number): number {
  const shifted = element << 1;
  return shifted < 32 ? shifted : shifted ^ 0b100101;
}
