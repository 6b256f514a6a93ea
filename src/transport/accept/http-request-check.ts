import type { ConnectionStats } from '../../frames/received-frame.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { HttpError, type HttpRequest } from '../../protocol/http/http-request.ts';

/** Why a request is rejected whose body held no picture. @param skippedBefore pieces that its sender had skipped before it */
export function describeNone(
  { skipped, lastSkipped }: ConnectionStats,
  skippedBefore: number,
  bodyBytes: number,
): ProtocolError {
  // One code is enough: that of the request.
  const last = lastSkipped?.replace(/ \[[A-Z_]+\]$/, '');
  const why = skipped > skippedBefore ? `; skipped ${last}` : '';
  const message = `Cannot accept an HTTP request as its body must hold a JPEG: it holds none in ${bodyBytes} bytes${why}`;
  return new ProtocolError('NOT_JPEG', message);
}

/** @throws ProtocolError BAD_REQUEST, NOT_ACCEPTED */
export function checkRequest({ method, length, isFromWebPage }: HttpRequest): void {
  if (method !== 'POST' && method !== 'PUT') {
    const advice =
      'this is image-receiver, which takes pictures by POST or PUT: curl -T picture.jpg http://HOST:PORT/NAME. A page to look at is where --web says';
    throw new HttpError(405, `Cannot accept an HTTP request ${method.slice(0, 20)} as ${advice}`);
  }
  // Otherwise any web page that is open on this machine could send pictures, although --host keeps
  // strangers out.
  if (isFromWebPage) {
    throw new ProtocolError(
      'NOT_ACCEPTED',
      'Cannot accept an HTTP request that a browser makes for a web page (Origin)',
    );
  }
  if (length === undefined) {
    throw new HttpError(
      411,
      'Cannot accept an HTTP request as it must have a Content-Length or be chunked: it says neither',
    );
  }
}
