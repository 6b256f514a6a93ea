import { readDigits, trimBlanks } from '../ascii.ts';
import { ProtocolError } from '../errors.ts';
import { readName } from '../wire2/message.ts';

/** A request is rejected, with this status. */
export class HttpError extends ProtocolError {
  readonly status: number;

  constructor(status: number, message: string) {
    super('BAD_REQUEST', message);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** The request line and headers, as far as they matter here. */
export interface HttpRequest {
  readonly method: string;
  /** The last part of the path; undefined where it cannot be the name of a sender. */
  readonly name: string | undefined;
  /** Bytes of the body; undefined: the request says nothing about a body. */
  readonly length: number | 'chunked' | undefined;
  /** The client sends the body when it is asked for it (100 Continue). */
  readonly expectsContinue: boolean;
  /** Another request may follow on the connection. */
  readonly keepsAlive: boolean;
  /** A browser makes the request for a web page. */
  readonly isFromWebPage: boolean;
}

/** Another server may take a byte that is not printable ASCII for white space. */
const isPrintable = /^[\t -~]*$/;

type Headers = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the request line and the headers (RFC 9112, sections 2 to 7), without their line ends.
 * @throws HttpError
 */
export function parseRequest([requestLine = '', ...headerLines]: readonly string[]): HttpRequest {
  const [, method, target, major, minor] = /^([A-Z]+) ([!-~]+) HTTP\/(\d)\.(\d)$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) {
    throw badRequest(`its first line must be as POST /NAME HTTP/1.1 is: it is ${quote(requestLine)}`);
  }
  if (major !== '1') throw new HttpError(505, `Cannot accept HTTP/${major}.${minor} as it must be HTTP/1.1`);
  const headers = parseHeaders(headerLines);
  const isOld = minor === '0';
  const connection = readTokens(headers, 'connection');
  return {
    method,
    name: parseName(target),
    length: parseLength(headers, isOld),
    expectsContinue: !isOld && parseExpectation(headers),
    keepsAlive: isOld ? connection.includes('keep-alive') : !connection.includes('close'),
    isFromWebPage: headers.has('origin'),
  };
}

function parseHeaders(lines: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    // No white space before the colon, and no line that continues the one before: a server that
    // reads those otherwise sees another request.
    if (!/^[-!#$%&'*+.^_`|~0-9a-z]+$/.test(name)) {
      throw badRequest(`each of its headers must be as Name: value is: one is ${quote(line)}`);
    }
    const values = headers.get(name) ?? [];
    values.push(trimBlanks(line.slice(colon + 1)));
    headers.set(name, values);
  }
  return headers;
}

/** Two lengths, or a length and chunks, would mean two bodies: RFC 9112, section 6.3. */
function parseLength(headers: Headers, isOld: boolean): HttpRequest['length'] {
  const lengths = headers.get('content-length') ?? [];
  const encodings = headers.get('transfer-encoding') ?? [];
  if (lengths.length + encodings.length > 1) throw badRequest('it must say the length of its body once');
  const [length] = lengths;
  const [encoding] = encodings;
  if (encoding !== undefined) {
    if (isOld) throw badRequest('HTTP/1.0 has no Transfer-Encoding');
    if (encoding.toLowerCase() === 'chunked') return 'chunked';
    if (!isPrintable.test(encoding)) {
      throw badRequest(`its Transfer-Encoding must be printable ASCII: it is ${quote(encoding)}`);
    }
    throw new HttpError(
      501,
      `Cannot read an HTTP request as its Transfer-Encoding must be chunked: it is ${quote(encoding)}`,
    );
  }
  if (length === undefined) return undefined;
  const bytes = readDigits(length);
  if (bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw badRequest(
    `its Content-Length must be a whole number, 0 to ${Number.MAX_SAFE_INTEGER}: it is ${quote(length)}`,
  );
}

function parseExpectation(headers: Headers): boolean {
  const [expectation] = headers.get('expect') ?? [];
  if (expectation === undefined) return false;
  if (expectation.toLowerCase() === '100-continue') return true;
  throw new HttpError(
    417,
    `Cannot accept an HTTP request as its Expect must be 100-continue: it is ${quote(expectation)}`,
  );
}

function readTokens(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? []).flatMap((value) => value.toLowerCase().split(',')).map(trimBlanks);
}

/** `garden` of `/garden`, `http://pc:8080/cameras/garden` or `/garden?x=1`. */
function parseName(target: string): string | undefined {
  const path = target.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
  try {
    return readName(decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)));
  } catch {
    return undefined;
  }
}

/** @param reason the rest of the sentence after "as" */
export function badRequest(reason: string): HttpError {
  return new HttpError(400, `Cannot read an HTTP request as ${reason}`);
}

/**
 * Text of a client for a log or a terminal: short, and without characters that control a terminal.
 */
export function quote(text: string): string {
  return `'${text.slice(0, 40).replaceAll(/[^ -~]/g, '?')}'`;
}
