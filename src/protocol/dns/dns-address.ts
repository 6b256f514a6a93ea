/** Four bytes as 192.0.2.1. */
export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.');
}

/** 16 bytes as eight hexadecimal groups, none of them left out. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number));
  return groups.map((group) => group.toString(16)).join(':');
}

/** The four bytes of an address such as 192.0.2.1; undefined: it is none. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

/**
 * The 16 bytes of an address such as fd00::1, without a zone and without an IPv4 address in it;
 * undefined: it is none.
 */
export function parseIpv6(text: string): Uint8Array | undefined {
  const [before = '', after, rest] = text.split('::');
  if (rest !== undefined) return undefined;
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const [head, tail] = [groupsOf(before), groupsOf(after ?? '')];
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
