import { CodedError } from '../../errors.ts';
import { parseFingerprint } from '../../network/tls/fingerprint.ts';
import type { Options, Reader, Values } from '../../options/option.ts';
import { badOption, flag, host, integer, oneOf, timeoutMs } from '../../options/readers.ts';
import { secretFile, textFile } from '../../options/secret-file.ts';
import type { DialOptions } from '../../transport/connect/dial.ts';
import type { TcpSenderOptions } from '../../transport/connect/tcp-sender.ts';

const where = { group: 'Receiver:' };
const trust = { group: 'Security:' };
const oneTrust = 'as each sets the trusted certificate: give one';
/** Of options about a receiver, with which there is none. */
const notWith = { publish: 'as pictures go to a NATS server only' };

const fingerprint: Reader<string> = (text, name) => {
  const pin = parseFingerprint(text);
  if (pin !== undefined) return pin;
  throw badOption(name, 'sha256: and 64 hexadecimal digits, as the receiver prints it', text);
};

/** The address of the receiver, and its wire. */
export const receiverOptions = {
  host: { ...where, describe: 'Name or address of the receiver', default: 'localhost', read: host, notWith },
  port: { ...where, describe: 'Port of the receiver', default: '8080', read: integer(1, 65535), notWith },
  wire: {
    ...where,
    describe:
      '`classic`: the wire of the Python scripts; `2`: the new wire; `auto`: classic until the receiver says that it knows wire 2',
    default: 'auto',
    read: oneOf('auto', 'classic', '2'),
    notWith,
  },
  'idle-timeout': {
    ...where,
    describe: 'Connect again if the receiver sends no byte for this time; 0: never (not on the classic wire)',
    default: '10s',
    read: timeoutMs,
    notWith: { ...notWith, wire: { is: 'classic', why: 'on which a receiver says nothing' } },
  },
} satisfies Options;

export const findOptions = {
  find: {
    ...where,
    describe: 'Without --host, and without a receiver on this machine: look for one in the network',
    without: '`--no-find` does not look',
    default: 'true',
    read: flag,
    notWith,
  },
} satisfies Options;

/** The certificate that the sender trusts, and the token that it shows. */
export const trustOptions = {
  'tls-pin': {
    ...trust,
    describe: 'Use TLS, and trust the receiver with this fingerprint: the receiver prints `sha256:...`',
    read: fingerprint,
    notWith: { ...notWith, 'tls-ca': oneTrust },
  },
  tls: {
    ...trust,
    describe: 'Use TLS, and trust the certificate authorities of this machine',
    default: 'false',
    read: flag,
    notWith: { ...notWith, 'tls-pin': oneTrust, 'tls-ca': oneTrust },
  },
  'tls-ca': {
    ...trust,
    describe: 'Use TLS, and trust the certificate authorities in this PEM file',
    read: textFile,
    notWith,
    holds: 'trust',
  },
  'token-file': {
    ...trust,
    describe: 'File with the token of the receiver',
    read: secretFile('token', () => 'copy the token file of the receiver to this machine'),
    notWith: { ...notWith, wire: { is: 'classic', why: 'which has no place for a token' } },
    holds: 'secret',
  },
  'token-without-tls': {
    ...trust,
    describe: 'Send the token without TLS; anyone on the network path can read it',
    default: 'false',
    read: flag,
    needs: 'token-file',
    notWith,
  },
} satisfies Options;

/** Of a receiver or a NATS server. */
export const connectOptions = {
  retries: {
    ...where,
    describe:
      'Give up after this many failures in a row: connections, or frames that the NATS server does not accept; 0: never give up',
    without: '`10`; with --publish `0`',
    read: integer(0, 1e9),
  },
  'connect-timeout': { ...where, describe: 'Longest wait for a connection', default: '10s', read: timeoutMs },
  'send-timeout': {
    ...where,
    describe: 'Longest wait for the receiver to accept bytes, or for its first answer; 0: for ever',
    default: '30s',
    read: timeoutMs,
  },
} satisfies Options;

/** The receiver, and how to talk to it. @throws CodedError BAD_OPTION */
export function readSenderTarget(
  values: Values<typeof receiverOptions & typeof trustOptions & typeof connectOptions>,
): DialOptions & Pick<TcpSenderOptions, 'token' | 'wire' | 'idleTimeoutMs' | 'sendTimeoutMs'> {
  const { host, port } = values;
  return {
    ...readTrust(values),
    host,
    port,
    connectTimeoutMs: values['connect-timeout'],
    idleTimeoutMs: values['idle-timeout'],
    sendTimeoutMs: values['send-timeout'],
  };
}

/** A token makes it wire 2. */
function readTrust(
  values: Values<typeof receiverOptions & typeof trustOptions>,
): Pick<TcpSenderOptions, 'tls' | 'token' | 'wire'> {
  const { wire, 'token-file': token } = values;
  const tls = readTls(values);
  if (token === undefined) return { wire, tls, token: new Uint8Array() };
  if (tls === undefined && !values['token-without-tls']) {
    const advice = 'use --tls-pin or, if you must, --token-without-tls';
    const reason = 'anyone on the network path could read it';
    throw new CodedError('BAD_OPTION', `Cannot send a token without TLS as ${reason}: ${advice}`);
  }
  return { wire: '2', tls, token };
}

function readTls({ tls, 'tls-ca': ca, 'tls-pin': pin }: Values<typeof trustOptions>): TcpSenderOptions['tls'] {
  if (pin !== undefined) return { pin, ca: undefined };
  return ca === undefined && !tls ? undefined : { pin: undefined, ca };
}
