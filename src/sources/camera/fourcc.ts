const unprintable = /[^\x20-\x7e]/g;

/**
 * A pixel format's code as the four characters that it is made of, such as MJPG; without the blanks
 * that fill it up.
 */
export function fourccText(fourcc: number): string {
  // The topmost bit says big-endian and belongs to no character.
  const characters = [0, 8, 16, 24].map((shift) => String.fromCharCode((fourcc >>> shift) & 0x7f));
  return characters.join('').replaceAll(unprintable, '?').trimEnd();
}
