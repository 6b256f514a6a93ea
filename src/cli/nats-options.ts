import { createSecureContext } from 'node:tls';
import { type Authenticator, credsAuthenticator, nkeyAuthenticator } from '@nats-io/transport-node';
import type { Options } from 'yargs';
import type { NatsOptions } from '../nats/nats.ts';
import { type NatsAddress, type NatsLogin, parseNatsAddress } from '../nats/nats-address.ts';
import type { StreamRetention } from '../nats/stream-provisioner.ts';
import { readOptionalFile } from '../options/secret-file.ts';
import { badOption, parseMs, type RawOptions, readOptionalText } from '../options/values.ts';
import { CodedError } from '../protocol/errors.ts';
import { withoutUndefined } from '../system/without-undefined.ts';

const group = 'With NATS:';

/** What either program says of its NATS server. */
export const natsOptions = {
  publish: { group, describe: 'Put pictures into a stream of this NATS server, such as nats://my-broker.local:4222' },
  'publish-stream': {
    group,
    describe: 'What the stream keeps of each camera, where there is none yet: newest, the last 100f, or the last 60s',
    default: 'newest',
  },
  'nats-login': { group, describe: 'Log in there with the USER:PASSWORD, or the token, in this file' },
  'nats-creds': { group, describe: 'Log in with this .creds file' },
  'nats-nkey': { group, describe: 'Log in with the nkey whose seed is in this file' },
  'nats-ca': { group, describe: 'Use TLS and trust the authorities in this PEM file' },
  'nats-cert': { group, describe: 'Show the certificate in this PEM file' },
  'nats-key': { group, describe: 'And its private key in this one' },
} as const satisfies Record<string, Options>;

const fileOptions = ['nats-login', 'nats-creds', 'nats-nkey', 'nats-ca', 'nats-cert', 'nats-key'] as const;

/** Undefined where the option that names the server is not given. @throws CodedError BAD_OPTION */
export function readNats(
  raw: RawOptions,
  option: 'publish' | 'subscribe',
  others: Pick<NatsOptions, 'clientName' | 'retries' | 'connectTimeoutMs'>,
): NatsOptions | undefined {
  const address = readAddress(raw, option);
  if (address === undefined) return undefined;
  const [login, creds, seed, ca, cert, key] = fileOptions.map((name) => readOptionalFile(raw, name));
  const logins = [login, creds, seed, address.login].filter((one) => one !== undefined);
  if (logins.length > 1) {
    throw new CodedError(
      'BAD_OPTION',
      `Cannot use two ways to log in: give one of --nats-login, --nats-creds, --nats-nkey and a password in --${option}`,
    );
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new CodedError('BAD_OPTION', 'Cannot use --nats-cert without --nats-key, or the other way round: give both');
  }
  check(raw, 'nats-ca', () => createSecureContext(withoutUndefined({ ca })));
  check(raw, 'nats-key', () => createSecureContext(withoutUndefined({ cert, key })));
  return {
    address: login === undefined ? address : { ...address, login: parseLogin(login) },
    // The library wants its last line to end.
    credentials: check(raw, 'nats-creds', () => readSecret(creds && `${creds}\n`, credsAuthenticator)),
    nkeySeed: check(raw, 'nats-nkey', () => readSecret(seed, nkeyAuthenticator)),
    tls: ca === undefined && cert === undefined ? undefined : { ca, cert, key },
    ...others,
  };
}

/** Finds now what would otherwise fail at each connect. */
function readSecret(text: string | undefined, open: (bytes: Uint8Array) => Authenticator): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const bytes = new TextEncoder().encode(text);
  open(bytes)('nonce');
  return bytes;
}

function check<T>(raw: RawOptions, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    throw new CodedError('BAD_OPTION', `Cannot use --${name} ${String(raw[name])}: ${reason}`);
  }
}

function parseLogin(text: string): NatsLogin {
  const [, user, password] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  return user === undefined || password === undefined ? { token: text } : { user, password };
}

/** Options of a server that nobody named. @throws CodedError BAD_OPTION */
export function checkNatsOptions(raw: RawOptions, wanted: string): void {
  const given = fileOptions.find((name) => raw[name] !== undefined);
  if (given !== undefined) throw new CodedError('BAD_OPTION', `Cannot use --${given} without ${wanted}`);
}

/** @throws CodedError BAD_OPTION */
export function readStreamRetention(raw: RawOptions): StreamRetention {
  const text = readOptionalText(raw, 'publish-stream') ?? 'newest';
  if (text === 'newest') return 'newest';
  const frames = Number(/^(\d{1,7})f$/.exec(text)?.[1] ?? 0);
  if (frames > 0) return { frames };
  const ms = /\d$/.test(text) ? Number.NaN : parseMs(text);
  if (!(ms >= 100 && ms <= 30 * 86_400_000)) {
    throw badOption('publish-stream', 'newest, frames such as 100f, or a time up to 30d such as 60s', text);
  }
  return { ms };
}

function readAddress(raw: RawOptions, option: string): NatsAddress | undefined {
  const text = readOptionalText(raw, option);
  if (text === undefined) return undefined;
  try {
    return parseNatsAddress(text);
  } catch (error) {
    // It may hold a password, so it is not told.
    throw new CodedError('BAD_OPTION', `Cannot use --${option} as it must be ${(error as Error).message}`);
  }
}
