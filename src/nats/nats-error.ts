import { errors } from '@nats-io/transport-node';
import { CodedError } from '../errors.ts';
import { describeNetworkError } from '../network/network-error.ts';

const trustCode = /CERT|SIGNATURE|ISSUER/;
const absenceCode = /^(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const maxNamesLength = 200;

/** Nothing answered in time. */
export class SilenceError extends Error {}

/** Why the NATS server, or the way to it, failed, in words. */
export function describeNatsError(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof errors.AuthorizationError)
    return 'it accepts no login with this user, password, token or key, or without one';
  if (error instanceof errors.UserAuthenticationExpiredError) return 'the credentials are out of date';
  if (error instanceof errors.TimeoutError) return 'it did not answer in time';
  if (typeof code === 'string' && /ALERT_BAD_CERTIFICATE|CERTIFICATE_REQUIRED/.test(code)) {
    return `it requires a client certificate that it trusts (${code}): --nats-cert and --nats-key`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for ${listNames(error)} (${code}): the address must be one of these, or the certificate be for it too`;
  }
  if (typeof code === 'string' && trustCode.test(code)) {
    return `its certificate is not trusted here (${code}); --nats-ca says whom to trust`;
  }
  // The library wraps the system's errors.
  const { cause } = error as Error;
  return describeNetworkError(cause instanceof Error && 'code' in cause ? cause : error);
}

/** The maker of the certificate may have written anything there. */
function listNames(error: unknown): string {
  const { cert } = error as { cert?: { subjectaltname?: unknown; subject?: { CN?: unknown } } };
  const names = cert?.subjectaltname ?? cert?.subject?.CN;
  if (typeof names !== 'string' || names === '') return 'no name at all';
  const plain = names.replaceAll(/\b(DNS|IP Address):/g, '').replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.length > maxNamesLength ? `${plain.slice(0, maxNamesLength)}…` : plain;
}

/** Whether a server lets this client in no more, or never did. */
export function isRejection(error: unknown): boolean {
  return error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError;
}

/** Whether a connect failed as nothing answered there: not even somebody else. */
export function isAbsence({ cause }: CodedError): boolean {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = (first as NodeJS.ErrnoException | undefined)?.code;
  return first instanceof SilenceError || (code !== undefined && absenceCode.test(code));
}

/** The code of a failed connect. */
export function toConnectError(error: unknown, server: string): CodedError {
  if (error instanceof CodedError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const isDistrust = typeof code === 'string' && trustCode.test(code) && !/ALERT_/.test(code);
  const kind = isDistrust ? 'UNTRUSTED' : isRejection(error) ? 'REJECTED' : 'CONNECT_FAILED';
  return new CodedError(kind, `Cannot connect to ${server}: ${describeNatsError(error)}`, { cause: error });
}

/** Whether a frame was not acknowledged in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof CodedError && error.cause instanceof errors.TimeoutError;
}

/** Whether a request had no answer as its connection ended. */
export function isConnectionGone(error: unknown): boolean {
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) return true;
  // So the library ends the requests that have no answer yet: one of its own errors within another.
  return error instanceof errors.RequestError && error.cause instanceof errors.RequestError;
}
