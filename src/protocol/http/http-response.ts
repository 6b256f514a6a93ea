import { type CodedError, type ErrorCode, formatError } from '../../errors.ts';
import { HttpError } from './http-request.ts';

const reasons: Readonly<Record<number, string>> = {
  204: 'No Content',
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  411: 'Length Required',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

const statuses: Partial<Record<ErrorCode, number>> = {
  TOKEN_MISSING: 403,
  NOT_ACCEPTED: 403,
  NAME_JOINED: 403,
  NO_FRAME: 408,
  IDLE: 408,
  FRAME_TOO_LONG: 413,
  PICTURE_TOO_LARGE: 413,
  FAULT: 500,
  TOO_MANY_SENDERS: 503,
  OUTPUT_FAILED: 503,
};

/** Asks the client for the body. */
export const continueResponse = encode('HTTP/1.1 100 Continue\r\n\r\n');

/** Says that the pictures of a request are accepted. */
export function encodeSuccess(now: Date, keepsAlive: boolean): Uint8Array {
  return encode(formatHead(204, now, keepsAlive ? [] : ['Connection: close']));
}

/** Says in one line why a request is not accepted. The connection ends, unless `keepsAlive`. */
export function encodeFailure(
  now: Date,
  error: CodedError,
  method: string | undefined,
  keepsAlive = false,
): Uint8Array {
  const status = error instanceof HttpError ? error.status : (statuses[error.code] ?? 400);
  const text = `${formatError(error)}\n`;
  const headers = [
    ...(keepsAlive ? [] : ['Connection: close']),
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${encode(text).length}`,
  ];
  if (status === 405) headers.push('Allow: POST, PUT');
  return encode(formatHead(status, now, headers) + (method === 'HEAD' ? '' : text));
}

function formatHead(status: number, now: Date, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} ${reasons[status]}`, `Date: ${now.toUTCString()}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
