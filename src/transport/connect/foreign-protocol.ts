/** Protocols that differ in the first bytes that their servers send. */
export type Protocol = 'TLS' | 'SSH' | 'HTTP' | 'NATS' | 'mail or FTP';

/** The first words of servers of other protocols. */
const greetings: readonly (readonly [pattern: RegExp, protocol: Protocol])[] = [
  [/^SSH-/, 'SSH'],
  [/^(HTTP\/|<(!doctype|html|\?xml))/i, 'HTTP'],
  [/^INFO \{/, 'NATS'],
  [/^((220|421|554)[ -]|[+*] ?OK\b)/, 'mail or FTP'],
];
/** Of TLS records of the types alert and handshake: RFC 8446, section 5.1. */
const tlsTypes: readonly (number | undefined)[] = [0x15, 0x16];

/**
 * The protocol of a server that begins to answer so, where a few bytes make it clear; undefined
 * where they do not.
 */
export function recognizeForeignProtocol(bytes: Uint8Array): Protocol | undefined {
  if (tlsTypes.includes(bytes[0]) && bytes[1] === 3) return 'TLS';
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  return greetings.find(([pattern]) => pattern.test(text))?.[1];
}

/**
 * Says what answers, and what to do: goes on in `Cannot send to my-pc:8080: `.
 * @param address host and port
 */
export function describeForeignProtocol(protocol: Protocol | undefined, address: string): string {
  const notOurs =
    'answers, and it is no image-receiver. Check --host and --port: `image-sender doctor` lists the receivers that it finds';
  switch (protocol) {
    case 'TLS':
      return 'it accepts TLS only. Add --tls-pin with the fingerprint that image-receiver printed at its start; `image-sender doctor` shows it too';
    case 'HTTP':
      return `a web server ${notOurs}. Senders use the --port of image-receiver, browsers use its --web`;
    case 'NATS':
      return `a NATS server ${notOurs}. Or use --publish nats://${address}`;
    case undefined:
      return `another program ${notOurs}`;
    case 'SSH':
    case 'mail or FTP':
      return `a server for ${protocol} ${notOurs}`;
  }
}
