import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { CodedError } from '../../protocol/errors.ts';
import { onAbort } from '../../system/abort.ts';
import { fingerprintOf } from '../../tls/fingerprint.ts';
import { formatAddress } from '../address.ts';
import { describeNetworkError } from '../network-reason.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Undefined: no TLS. */
  readonly tls: TlsTrust | undefined;
}

/** Which receiver to trust: that with this certificate, or those that an authority vouches for under their name. */
export interface TlsTrust {
  /** As `fingerprintOf` gives it; undefined: by authority. */
  readonly pin: string | undefined;
  /** PEM; undefined: the authorities that the runtime knows. */
  readonly ca: string | undefined;
}

const pinMismatch = 'PIN_CERT_MISMATCH';

/** Connects, with TLS up and the receiver known to be the right one. @throws CodedError UNTRUSTED, or CONNECT_FAILED, also when `signal` aborts */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Socket> {
  const { host, port, connectTimeoutMs, tls } = options;
  const socket = tls === undefined ? connect({ host, port }) : openTls(host, port, tls);
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no answer within ${connectTimeoutMs / 1000} s`));
  }, connectTimeoutMs);
  const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    if (tls?.pin !== undefined) checkPin(socket as TLSSocket, tls.pin);
  } catch (error) {
    socket.destroy();
    throw new CodedError(
      isDistrust(error) ? 'UNTRUSTED' : 'CONNECT_FAILED',
      `Cannot connect to ${formatAddress(host, port)}: ${describeNetworkError(error)}${describeTlsDoubt(error, tls)}`,
    );
  } finally {
    clearTimeout(timer);
    stopWatching();
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket;
}

function describeTlsDoubt(error: unknown, tls: TlsTrust | undefined): string {
  return tls !== undefined && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    ? ' before TLS was up; was it started with --tls?'
    : '';
}

function openTls(host: string, port: number, { pin, ca }: TlsTrust): TLSSocket {
  return connectTls({
    host,
    port,
    minVersion: 'TLSv1.3',
    // The pin is compared before a byte is sent, and says more than any authority.
    rejectUnauthorized: pin === undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
}

function isDistrust(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === pinMismatch || /CERT|SIGNATURE|ISSUER/.test(code);
}

function checkPin(socket: TLSSocket, pin: string): void {
  const { raw } = socket.getPeerCertificate();
  const found = raw === undefined ? 'none' : fingerprintOf(raw);
  if (found === pin) return;
  const message = `its certificate is not the one of --tls-pin but ${found}: the pin is mistyped, the key was made anew, or another machine answers there`;
  throw Object.assign(new Error(message), { code: pinMismatch });
}
