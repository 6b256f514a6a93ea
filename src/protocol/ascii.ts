// How text from outside is read. `trim`, `\s` and `Number` of JavaScript also take what no specification of a wire knows: a no-break
// space, a byte order mark, `0x10`, `1e3`, and nothing at all for 0. What one program takes and the next does not is how requests are smuggled.

const tab = 0x09;
const carriageReturn = 0x0d;
const space = 0x20;

/** Without the spaces and tabs around it, which is all that HTTP calls white space (RFC 9110, section 5.6.3). */
export function trimBlanks(text: string): string {
  const isBlank = (at: number) => text.charCodeAt(at) === space || text.charCodeAt(at) === tab;
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** Without the white space around it, such as the line end that editors and `echo` leave: spaces, and tab to carriage return. */
export function trimSpace(bytes: Uint8Array): Uint8Array {
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(bytes[start] as number)) start++;
  while (end > start && isSpace(bytes[end - 1] as number)) end--;
  return bytes.subarray(start, end);
}

/** The number that digits and nothing else write, above 2^53 the nearest there is; NaN where other characters are there, or none. */
export function readDigits(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
}

function isSpace(byte: number): boolean {
  return byte === space || (byte >= tab && byte <= carriageReturn);
}
