import { createSecureContext } from 'node:tls';
import { type Authenticator, credsAuthenticator, nkeyAuthenticator } from '@nats-io/transport-node';
import { CodedError } from '../errors.ts';
import type { Options, Reader, Values } from '../options/option.ts';
import { badOption } from '../options/readers.ts';
import { parsedFile, textFile } from '../options/secret-file.ts';
import { errorLine } from '../system/error-line.ts';
import { parseDurationWithUnit } from '../system/time-units.ts';
import type { NatsOptions } from './nats.ts';
import { type NatsAddress, type NatsLogin, parseNatsAddress } from './nats-address.ts';
import type { StreamRetention } from './stream-provisioner.ts';

const group = 'NATS:';
const server = ['publish', 'subscribe'] as const;
const needs = [server] as const;

/** The address of a server. It may hold a password, so a message does not show it. */
export const natsAddress: Reader<NatsAddress> = (text, name) => {
  try {
    return parseNatsAddress(text);
  } catch (error) {
    throw new CodedError('BAD_OPTION', `Cannot use --${name} as it must be ${(error as Error).message}`);
  }
};

const retention: Reader<StreamRetention> = (text, name) => {
  if (text === 'newest') return 'newest';
  const frames = Number(/^(\d{1,7})f$/.exec(text)?.[1] ?? 0);
  if (frames > 0) return { frames };
  const ms = parseDurationWithUnit(text);
  if (ms >= 100 && ms <= 30 * 86_400_000) return { ms };
  throw badOption(name, 'newest, frames such as 100f, or a time up to 30d such as 60s', text);
};

/** Finds now what would otherwise fail at each connect. */
function secret(end: string, open: (bytes: Uint8Array) => Authenticator): Reader<Uint8Array> {
  return parsedFile((text) => {
    const bytes = new TextEncoder().encode(text + end);
    open(bytes)('nonce');
    return bytes;
  });
}

const login: Reader<NatsLogin> = parsedFile((text) => {
  const [, user, password] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  return user === undefined || password === undefined ? { token: text } : { user, password };
});

const authorities: Reader<string> = parsedFile((ca) => {
  createSecureContext({ ca });
  return ca;
});

/** How to log in to a NATS server, and whom to trust. */
export const natsLoginOptions = {
  'nats-login': {
    ...{ group, needs, notWith: refuseSecondLogin('nats-creds', 'nats-nkey') },
    describe: 'File with `USER:PASSWORD`, or a token, for the NATS server',
    read: login,
    holds: 'secret',
  },
  'nats-creds': {
    ...{ group, needs, notWith: refuseSecondLogin('nats-nkey') },
    describe: 'File with NATS credentials (`.creds`)',
    // The library wants its last line to end.
    read: secret('\n', (bytes) => credsAuthenticator(bytes)),
    holds: 'secret',
  },
  'nats-nkey': {
    ...{ group, needs },
    describe: 'File with the seed of an nkey',
    read: secret('', (bytes) => nkeyAuthenticator(bytes)),
    holds: 'secret',
  },
  'nats-ca': {
    ...{ group, needs },
    describe: 'Use TLS, and trust the certificate authorities in this PEM file',
    without: 'if the server requires TLS: the authorities of this machine',
    read: authorities,
    holds: 'trust',
  },
  'nats-cert': {
    group,
    describe: 'PEM file with a client certificate',
    read: textFile,
    needs: ['nats-key', server],
    holds: 'trust',
  },
  'nats-key': {
    group,
    describe: 'PEM file with the private key of `--nats-cert`',
    read: textFile,
    needs: ['nats-cert', server],
    holds: 'secret',
  },
} satisfies Options;

/** Where to publish, and what the stream is to keep. */
export const publishOptions = {
  publish: {
    group,
    describe: 'Publish pictures to a stream of this NATS server, such as `nats://my-nats.local:4222`',
    read: natsAddress,
    holds: 'login',
    notWith: { subscribe: 'as leaf nodes of nats-server pass frames on from server to server' },
  },
  'publish-stream': {
    group,
    describe:
      'If there is no stream yet, make one that keeps of each camera the `newest` frame, `100f` (frames), or `60s`',
    default: 'newest',
    read: retention,
    needs: 'publish',
  },
  ...natsLoginOptions,
} satisfies Options;

/** @throws CodedError BAD_OPTION */
export function readNats(
  address: NatsAddress,
  values: Values<typeof natsLoginOptions>,
  others: Pick<NatsOptions, 'clientName' | 'retries' | 'connectTimeoutMs'>,
): NatsOptions {
  const login = values['nats-login'];
  const credentials = values['nats-creds'];
  const nkeySeed = values['nats-nkey'];
  if (address.login !== undefined && (login ?? credentials ?? nkeySeed) !== undefined) {
    const ways = '--nats-login, --nats-creds, --nats-nkey and a password in the address';
    throw new CodedError('BAD_OPTION', `Cannot use two ways to log in: give one of ${ways}`);
  }
  return {
    address: login === undefined ? address : { ...address, login },
    credentials,
    nkeySeed,
    tls: readTls(values),
    ...others,
  };
}

function readTls(values: Values<typeof natsLoginOptions>): NatsOptions['tls'] {
  const [ca, cert, key] = [values['nats-ca'], values['nats-cert'], values['nats-key']];
  if (ca === undefined && cert === undefined) return undefined;
  if (cert === undefined || key === undefined) return { ca, cert, key };
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = errorLine(error);
    throw new CodedError('BAD_OPTION', `Cannot use --nats-key with that --nats-cert: ${reason}`);
  }
  return { ca, cert, key };
}

function refuseSecondLogin(...others: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(others.map((name) => [name, 'as these are two ways to log in: give one']));
}
