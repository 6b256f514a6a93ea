import { errorLine } from '../system/error-line.ts';

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other end closed it',
  EPIPE: 'the other end closed it',
  ENOTFOUND: 'that name is not known',
  EAI_AGAIN: 'the name service does not answer',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no route to that host',
  ENETUNREACH: 'there is no network to that address',
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'ports below 1024 need more rights',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_HTTP_REQUEST: 'it speaks HTTP without TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not know TLS 1.3',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it does not know TLS 1.3',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it does not know TLS 1.3',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'its TLS handshake took too long',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names than this --host',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'no authority vouches for its certificate. Use --tls-pin with the fingerprint that image-receiver printed at its start',
  SELF_SIGNED_CERT_IN_CHAIN:
    'no trusted authority vouches for its certificate. Name one with --tls-ca, or the fingerprint with --tls-pin',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'no trusted authority vouches for its certificate. Name one with --tls-ca, or the fingerprint with --tls-pin',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'no trusted authority vouches for its certificate. Name one with --tls-ca, or the fingerprint with --tls-pin',
  CERT_HAS_EXPIRED:
    "by this machine's clock its certificate is out of date. If the clock is wrong: `sudo timedatectl set-ntp true`",
  CERT_NOT_YET_VALID:
    "by this machine's clock its certificate is not valid yet. Set the clock: `sudo timedatectl set-ntp true`",
};

/** Says why a network operation failed, in words and with the system's code. */
export function describeNetworkError(error: unknown): string {
  // A name with several addresses fails with one error for each. The first error stands for all.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code;
  const reason = code === undefined ? undefined : reasons[code];
  if (reason !== undefined) return `${reason} (${code})`;
  const line = errorLine(first);
  // OpenSSL puts addresses, numbers and places in its sources around its message.
  const openSsl = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(line)?.[1];
  return openSsl === undefined ? line : `TLS failed: ${openSsl}`;
}
