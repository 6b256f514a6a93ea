// Text from outside is read by these functions. `trim`, `\s` and `Number` of JavaScript also take
// what no specification of a wire allows: a no-break space, a byte order mark, `0x10`, `1e3`, and
// an empty text for 0. Requests are smuggled where two programs read a text differently.

const tab = 0x09;
const carriageReturn = 0x0d;
const space = 0x20;

/**
 * The text without the spaces and tabs around it: HTTP knows no other white space (RFC 9110,
 * section 5.6.3).
 */
export function trimBlanks(text: string): string {
  const isBlank = (at: number) => text.charCodeAt(at) === space || text.charCodeAt(at) === tab;
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/**
 * The bytes without the white space around them (spaces, and tab to carriage return), such as the
 * line end that editors and `echo` add.
 */
export function trimSpace(bytes: Uint8Array): Uint8Array {
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(bytes[start] as number)) start++;
  while (end > start && isSpace(bytes[end - 1] as number)) end--;
  return bytes.subarray(start, end);
}

/**
 * The number of a text of digits; above 2^53 the nearest one. NaN where the text is empty or has
 * another character.
 */
export function readDigits(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
}

function isSpace(byte: number): boolean {
  return byte === space || (byte >= tab && byte <= carriageReturn);
}
