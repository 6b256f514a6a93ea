/** What servers of other protocols say first. */
const greetings: readonly (readonly [pattern: RegExp, protocol: string])[] = [
  [/^SSH-/, 'SSH'],
  [/^(HTTP\/|<(!doctype|html|\?xml))/i, 'HTTP'],
  [/^((220|421|554)[ -]|[+*] ?OK\b)/, 'mail or FTP'],
];
/** Of TLS records of the types alert and handshake: RFC 8446, section 5.1. */
const tlsTypes: readonly (number | undefined)[] = [0x15, 0x16];

/** Which protocol a server speaks that begins to answer so, where a few bytes make it clear; undefined where they do not. */
export function recognizeStranger(bytes: Uint8Array): string | undefined {
  if (tlsTypes.includes(bytes[0]) && bytes[1] === 3) return 'TLS';
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  return greetings.find(([pattern]) => pattern.test(text))?.[1];
}
