// Control and formatting characters, surrogates, code points without a meaning, and the two
// separators of lines. These could move a terminal's cursor, hide text in it, or begin another line
// of a log.
export const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
const unprintables = new RegExp(`${unprintable.source}+`, 'gu');

/** Whether a text has a character that a terminal would obey rather than show. */
export function hasUnprintable(text: string): boolean {
  return unprintable.test(text);
}

/**
 * The text with `substitute` in the place of each run of characters that a terminal would obey
 * rather than show.
 */
export function replaceUnprintable(text: string, substitute = '?'): string {
  return text.replaceAll(unprintables, substitute);
}
