/** Digits and small letters without those that people take for others: i, l, o and u (Crockford's base 32). */
export const codeLetters = '0123456789abcdefghjkmnpqrstvwxyz';

/** Writes five bits of each byte as a letter or a digit. */
export function toCodeLetters(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => codeLetters[byte & 31]).join('');
}
