import { isIP } from 'node:net';
import { type ConnectionOptions, credsAuthenticator, nkeyAuthenticator } from '@nats-io/transport-node';
import { CodedError } from '../errors.ts';
import { withoutBrackets } from '../network/address.ts';
import { withoutUndefined } from '../system/without-undefined.ts';
import type { Greeting } from './greeting.ts';
import type { NatsAddress } from './nats-address.ts';

/** Authorities to trust, and the certificate and key of this client: all PEM. */
export interface NatsTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Where a server is, and how this client logs in there. */
export interface NatsAccess {
  readonly address: NatsAddress;
  /** The content of a .creds file. */
  readonly credentials: Uint8Array | undefined;
  /** The seed of an nkey: `SU...` */
  readonly nkeySeed: Uint8Array | undefined;
  /** Undefined: TLS only if the server requires it, or the address begins with `tls://`. */
  readonly tls: NatsTls | undefined;
  /** The name that operators of the server see. */
  readonly clientName: string;
  /** For a server to answer, and once more to let this client in. */
  readonly connectTimeoutMs: number;
}

/** A server that is frozen, or behind a network that is gone, is noticed after two of these. */
export const pingIntervalMs = 5000;

/** @throws CodedError CONNECT_FAILED where this client and that server cannot agree on TLS */
export function checkTls(
  { address, tls }: NatsAccess,
  server: string,
  { speaksTls, wantsCertificate }: Greeting,
): void {
  const reason =
    !speaksTls && (tls !== undefined || address.wantsTls)
      ? 'it does not speak TLS: nats:// rather than tls://, and no --nats-ca'
      : wantsCertificate && tls?.cert === undefined
        ? 'it requires a client certificate that it trusts: --nats-cert and --nats-key'
        : undefined;
  if (reason !== undefined) throw new CodedError('CONNECT_FAILED', `Cannot connect to ${server}: ${reason}`);
}

/** The options of the library for one connection to that server, without a second try of its own. */
export function makeConnectOptions(access: NatsAccess, server: string, { speaksTls }: Greeting): ConnectionOptions {
  const { address, credentials, nkeySeed, tls, clientName, connectTimeoutMs } = access;
  const { login, servers } = address;
  const authenticators = [
    ...(credentials === undefined ? [] : [credsAuthenticator(credentials)]),
    ...(nkeySeed === undefined ? [] : [nkeyAuthenticator(nkeySeed)]),
  ];
  return {
    servers: [server],
    name: clientName,
    reconnect: false,
    timeout: connectTimeoutMs,
    pingInterval: pingIntervalMs,
    noAsyncTraces: true,
    ...(authenticators.length === 0 ? {} : { authenticator: authenticators }),
    ...(login === undefined ? {} : 'token' in login ? login : { user: login.user, pass: login.password }),
    // The library uses it wherever a server speaks it. No variable of the environment is to say
    // otherwise whom to trust.
    ...(speaksTls ? { tls: withoutUndefined({ ...tls, ...nameFor(server, servers), rejectUnauthorized: true }) } : {}),
  };
}

/**
 * The name that the certificate of the server must be for. A server that others told of by its
 * address has the cluster's certificate.
 */
function nameFor(server: string, servers: readonly string[]): { servername?: string; host?: string } {
  const [name, own] = [servers[0] ?? '', server].map(readHost);
  if (name !== undefined && !isIP(name) && !servers.includes(server)) return { servername: name };
  // The library does not hand on an address, and Node would look for `localhost` in the certificate.
  return own !== undefined && isIP(own) ? { host: own } : {};
}

function readHost(server: string): string {
  return withoutBrackets(new URL(`nats://${server}`).hostname);
}
