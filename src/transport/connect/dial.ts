import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MismatchError } from '../../delivery/mismatch-error.ts';
import { CodedError } from '../../errors.ts';
import { formatAddress } from '../../network/address.ts';
import { lookupFor } from '../../network/local-name.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import { fingerprintOf } from '../../network/tls/fingerprint.ts';
import { onAbort } from '../../system/abort.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Undefined: no TLS. */
  readonly tls: TlsTrust | undefined;
}

/**
 * The receivers to trust: the one with this certificate, or those that an authority vouches for
 * under their name.
 */
export interface TlsTrust {
  /** As `fingerprintOf` gives it; undefined: by authority. */
  readonly pin: string | undefined;
  /** PEM; undefined: the authorities that the runtime knows. */
  readonly ca: string | undefined;
  /** Any certificate will do, as the caller has the receiver prove who it is by another way. */
  readonly isProvenLater?: boolean;
  /** The pin is that of a receiver which was joined, rather than of an option. */
  readonly isJoined?: boolean;
}

const pinMismatch = 'PIN_CERT_MISMATCH';
/** The code of a connect whose TLS handshake took too long. */
export const handshakeTimeout = 'HANDSHAKE_TIMEOUT';
const joinAgain = 'let this camera join again: `image-receiver invite CAMERA` there prints the command';

/**
 * Connects, with TLS up and the receiver known to be the right one.
 * @throws CodedError UNTRUSTED, or CONNECT_FAILED, also when `signal` aborts
 */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Socket> {
  const { host, port, connectTimeoutMs, tls } = options;
  const socket = tls === undefined ? connect({ host, port, ...lookupFor(host) }) : openTls(host, port, tls);
  const timer = setTimeout(() => socket.destroy(describeTimeout(socket, connectTimeoutMs)), connectTimeoutMs);
  const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    if (tls?.pin !== undefined) checkPin(socket as TLSSocket, tls.pin, tls.isJoined ?? false);
  } catch (error) {
    socket.destroy();
    throw explain(error, options);
  } finally {
    clearTimeout(timer);
    stopWatching();
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket;
}

/** With TCP up, only TLS can be late. */
function describeTimeout({ connecting }: Socket, timeoutMs: number): Error {
  const limit = `within ${timeoutMs / 1000} s`;
  if (connecting) return new Error(`no answer ${limit}`);
  const message = `it took the connection, and no answer to the TLS handshake came ${limit}`;
  return Object.assign(new Error(message), { code: handshakeTimeout });
}

/** The error's code stays known as that of the cause. */
function explain(error: unknown, { host, port, tls }: DialOptions): CodedError {
  const what = `Cannot connect to ${formatAddress(host, port)}`;
  const lack = tls === undefined ? undefined : describeLackOfTls((error as NodeJS.ErrnoException).code);
  if (lack !== undefined) {
    const advice =
      tls?.isJoined === true
        ? `If it forgot this camera, ${joinAgain}`
        : 'Start image-receiver with --tls, or this sender without --tls-pin, --tls and --tls-ca';
    return new MismatchError(`${what}: ${lack}. ${advice}`);
  }
  const code = isDistrust(error) ? 'UNTRUSTED' : 'CONNECT_FAILED';
  // The first address of a name with several speaks for all.
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  return new CodedError(code, `${what}: ${describeNetworkError(error)}`, { cause });
}

function describeLackOfTls(code: string | undefined): string | undefined {
  switch (code) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'it does not speak TLS';
    case 'ECONNRESET':
      return 'it closed the connection before TLS was up, as a receiver without --tls does, or one with --max-senders connections';
    default:
      return undefined;
  }
}

function openTls(host: string, port: number, { pin, ca, isProvenLater = false }: TlsTrust): TLSSocket {
  return connectTls({
    host,
    port,
    ...lookupFor(host),
    minVersion: 'TLSv1.3',
    // The pin is compared before a byte is sent, and says more than any authority.
    rejectUnauthorized: pin === undefined && !isProvenLater,
    ...(ca === undefined ? {} : { ca }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
}

function isDistrust(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === pinMismatch || /CERT|SIGNATURE|ISSUER/.test(code);
}

function checkPin(socket: TLSSocket, pin: string, isJoined: boolean): void {
  const { raw } = socket.getPeerCertificate();
  const found = raw === undefined ? 'none' : fingerprintOf(raw);
  if (found === pin) return;
  const whose = isJoined ? 'of the receiver that was joined' : 'of --tls-pin';
  const doubt = isJoined ? '' : 'the pin is mistyped, ';
  const advice = isJoined
    ? `If it is yours, ${joinAgain}`
    : 'Compare it with what image-receiver prints at its start. There `image-receiver --tls --port 0 --duration 1s` prints it once more';
  const message = `its certificate is not the one ${whose} but ${found}: ${doubt}the key was made anew, or another machine answers there. ${advice}`;
  throw Object.assign(new Error(message), { code: pinMismatch });
}
