import { CodedError } from '../../errors.ts';
import type { Options, Reader, Values } from '../../options/option.ts';
import { badOption, bytes, flag, host, integer, size, text, timeoutMs } from '../../options/readers.ts';
import { adviseNewSecret, secretFile } from '../../options/secret-file.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { type ProtocolName, protocolNames } from '../../protocol/protocol-access.ts';
import type { ListenerOptions } from '../../transport/accept/listener.ts';

/** For options about the port: with --subscribe there is none. */
const notWith = { subscribe: 'as no port is open' };
/** The page may have TLS of its own. */
const notWithoutPage = { subscribe: { unless: ['web'], why: 'as no port is open' } };

const protocols: Reader<readonly ProtocolName[]> = (value, name) => {
  const names = value
    .toLowerCase()
    .split(',')
    .map((one) => one.trim());
  const accepted = protocolNames.filter((one) => names.includes(one));
  if (names.some((one) => !accepted.some((known) => known === one))) {
    throw badOption(name, `some of ${protocolNames.join(',')}`, value);
  }
  return accepted;
};

/** The address to listen on. */
export const listenOptions = {
  host: {
    group: 'Listen:',
    describe: 'Name or address to listen on; `0.0.0.0` lets other machines in',
    default: 'localhost',
    read: host,
    notWith,
  },
  port: {
    group: 'Listen:',
    describe: 'Port to listen on; 0: any free port, which the line `listening on` shows',
    default: '8080',
    read: integer(0, 65535),
    notWith,
    service: { port: Number },
  },
  announce: {
    group: 'Listen:',
    describe: 'Where other machines may send: announce the port, and the page, so that senders find them',
    without: '`--no-announce` does not',
    default: 'true',
    read: flag,
  },
  find: {
    group: 'Listen:',
    describe: 'List the receivers that announce themselves in this network, and end; `--json`: as JSON',
    default: 'false',
    read: flag,
    service: { refused: 'as it ends at once' },
  },
} satisfies Options;

const admission = { group: 'Access:' };

/** The senders that may send. */
export const admissionOptions = {
  tls: {
    ...admission,
    describe: 'Accept TLS connections only; the first start makes the certificate',
    default: 'false',
    read: flag,
    notWith: { ...notWithoutPage, 'tls-cert': 'as each sets the certificate: give one' },
  },
  'tls-cert': {
    ...admission,
    describe: 'Accept TLS connections only, with the certificate in this PEM file',
    read: text,
    needs: 'tls-key',
    notWith: notWithoutPage,
    holds: 'trust',
  },
  'tls-key': {
    ...admission,
    describe: 'PEM file with the private key of `--tls-cert`',
    read: text,
    needs: 'tls-cert',
    notWith: notWithoutPage,
    holds: 'secret',
  },
  'token-file': {
    ...admission,
    describe: 'Accept only senders with the token in this file: 8 to 512 bytes; white space around it does not count',
    read: secretFile('token', adviseNewSecret),
    notWith,
    holds: 'secret',
  },
  'joined-only': {
    ...admission,
    describe: 'Accept only cameras that joined with a code of `image-receiver invite`',
    default: 'false',
    read: flag,
    notWith: { ...notWith, 'token-file': 'as that lets in senders which have not joined: give one' },
  },
  accept: {
    ...admission,
    describe: 'Protocols to accept: a list of `2`, `classic`, `jpeg` and `http`',
    details:
      '`2`: image-sender; `classic`: Python programs, and the first frames of image-sender; `jpeg`: JPEGs back to back over TCP; `http`: POST and PUT',
    without: `\`${protocolNames.join(',')}\`; with --token-file or --joined-only \`2\``,
    read: protocols,
    notWith,
  },
} satisfies Options;

const limit = { group: 'Limits:' };

/** The limits of senders. */
export const limitOptions = {
  'max-senders': {
    ...limit,
    describe: 'Maximum number of connections; additional names over shared HTTP connections have the same maximum',
    default: '100',
    read: integer(1, 100_000),
    notWith,
  },
  'max-per-address': {
    ...limit,
    describe: 'Maximum number of connections, and of new names at once, from one address (IPv6: one /64 network)',
    details: 'One more new name is accepted each second',
    default: '50',
    read: integer(1, 100_000),
    notWith,
  },
  // No runtime has a larger buffer.
  'max-frame': {
    ...limit,
    describe: 'Maximum size of a JPEG in bytes, the same on every wire',
    default: '16M',
    read: bytes(1000, 1e9),
  },
  'max-size': { ...limit, describe: 'Maximum width and height of a picture', default: '4096x4096', read: size() },
  'header-timeout': {
    ...limit,
    describe: 'Close a new connection whose first frame does not begin within this time',
    default: '5s',
    read: timeoutMs,
    notWith,
  },
  'idle-timeout': {
    ...limit,
    describe: 'Close a connection that has sent neither a whole message nor 1 KiB in this time',
    default: '10s',
    read: timeoutMs,
  },
} satisfies Options;

/** The program's own certificate, or the one in these files. */
export type TlsChoice = { readonly certPath: string; readonly keyPath: string } | 'own';

export function readLimits(values: Values<typeof limitOptions>): FrameLimits {
  const { width: maxWidth, height: maxHeight } = values['max-size'];
  return { maxFrameBytes: values['max-frame'], maxWidth, maxHeight };
}

/** @throws CodedError BAD_OPTION */
export function readListener(
  values: Values<typeof listenOptions & typeof admissionOptions & typeof limitOptions>,
): Omit<ListenerOptions, 'tls'> {
  const token = values['token-file'];
  const isJoinedOnly = values['joined-only'];
  const needsToken = token !== undefined || isJoinedOnly;
  const accept = values.accept ?? (needsToken ? ['2'] : protocolNames);
  if (needsToken && accept.some((name) => name !== '2')) {
    const option = isJoinedOnly ? '--joined-only' : '--token-file';
    const reason = 'only wire 2 has tokens: leave it out';
    throw new CodedError('BAD_OPTION', `Cannot use --accept ${accept.join(',')} with ${option} as ${reason}`);
  }
  return {
    ...readLimits(values),
    host: values.host,
    port: values.port,
    token,
    isJoinedOnly,
    accept,
    maxSenders: values['max-senders'],
    maxPerAddress: values['max-per-address'],
    headerTimeoutMs: values['header-timeout'],
    idleTimeoutMs: values['idle-timeout'],
  };
}

/** Undefined: no TLS. */
export function readTlsChoice(values: Values<typeof admissionOptions>): TlsChoice | undefined {
  const { 'tls-cert': certPath, 'tls-key': keyPath, tls } = values;
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath };
  return tls ? 'own' : undefined;
}
