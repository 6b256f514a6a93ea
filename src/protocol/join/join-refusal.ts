const begin = 'Cannot let a camera join as ';

/** Says why a camera cannot join, for the log of the receiver and for the sender. @param reason a clause */
export function describeJoinRefusal(reason: string): string {
  return `${begin}${reason}`;
}

/** The reason in the words of a receiver, for a sentence of the sender. Receivers may say something else, too. */
export function readJoinRefusal(text: string): string {
  return text.startsWith(begin) ? text.slice(begin.length) : text;
}
