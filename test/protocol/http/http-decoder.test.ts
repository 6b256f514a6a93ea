import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HttpDecoder, type HttpEvent } from '../../../src/protocol/http/http-decoder.ts';
import { HttpError, type HttpRequest } from '../../../src/protocol/http/http-request.ts';

/** One request as it came: body bytes joined, as pieces may cut them anywhere. */
interface Received {
  readonly request: HttpRequest;
  body: string;
  bodyBytes: number | undefined;
}

interface Outcome {
  readonly received: Received[];
  readonly error: HttpError | undefined;
}

function add(received: Received[], event: HttpEvent): void {
  const last = received.at(-1);
  if (event.type === 'request') received.push({ request: event.request, body: '', bodyBytes: undefined });
  else if (last === undefined || last.bodyBytes !== undefined) assert.fail(`${event.type} without a request`);
  else if (event.type === 'body') last.body += Buffer.from(event.bytes).toString('latin1');
  else last.bodyBytes = event.bodyBytes;
}

function decode(text: string, pieces: readonly number[] = [text.length]): Outcome {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = new HttpDecoder();
  const received: Received[] = [];
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const end = at + (pieces[i % pieces.length] ?? bytes.length);
      for (const event of decoder.decode(bytes.subarray(at, end))) add(received, event);
      at = end;
    }
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    return { received, error };
  }
  return { received, error: undefined };
}

const host = 'Host: pc:8080\r\n';
const sized = `PUT /garden HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`;
const chunked = `POST /porch HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX: y\r\n\r\n`;

function request(over: Partial<HttpRequest>): HttpRequest {
  const defaultValue = { expectsContinue: false, keepsAlive: true, isFromWebPage: false, name: undefined };
  return { method: 'POST', length: undefined, ...defaultValue, ...over };
}

describe('HttpDecoder', () => {
  test('gives requests with a length and in chunks, one after another', () => {
    const { received, error } = decode(sized + chunked + sized);
    assert.equal(error, undefined);
    const put = { request: request({ method: 'PUT', name: 'garden', length: 5 }), body: 'hello', bodyBytes: 5 };
    const post = { request: request({ name: 'porch', length: 'chunked' }), body: 'hello', bodyBytes: 5 };
    assert.deepEqual(received, [put, post, put]);
  });

  test('gives the same wherever the bytes are cut', () => {
    const whole = decode(sized + chunked + sized);
    for (const size of [1, 2, 3, 5, 7, 64]) assert.deepEqual(decode(sized + chunked + sized, [size]), whole);
  });

  const heads: Record<string, [head: string, request: Partial<HttpRequest>]> = {
    'a request without a body': ['GET / HTTP/1.1\r\n', { method: 'GET' }],
    'one that ends the connection': ['POST / HTTP/1.1\r\nConnection: TE, Close\r\n', { keepsAlive: false }],
    'one of HTTP/1.0': ['POST /a HTTP/1.0\r\nContent-Length: 0\r\n', { name: 'a', length: 0, keepsAlive: false }],
    'one of HTTP/1.0 that goes on': ['POST / HTTP/1.0\r\nConnection: keep-alive\r\n', { keepsAlive: true }],
    'one whose body waits': ['PUT / HTTP/1.1\r\nExpect: 100-Continue\r\n', { method: 'PUT', expectsContinue: true }],
    'one of a web page': ['POST / HTTP/1.1\r\nOrigin: http://x\r\n', { isFromWebPage: true }],
    'a name in percent signs': ['POST /cameras/g%C3%A4rten%20hinten?a=/b HTTP/1.1\r\n', { name: 'gärten hinten' }],
    'a name behind a host': ['POST http://pc:8080/x HTTP/1.1\r\n', { name: 'x' }],
    'no name behind a host': ['POST http://pc:8080 HTTP/1.1\r\n', {}],
    'a name that may not be': ['POST /a%0Ab HTTP/1.1\r\n', {}],
    'a name that is no UTF-8': ['POST /%ff HTTP/1.1\r\n', {}],
    'a name that is too long': [`POST /${'x'.repeat(65)} HTTP/1.1\r\n`, {}],
    'white space around a value': ['POST / HTTP/1.1\r\nTransfer-Encoding: \t Chunked \r\n', { length: 'chunked' }],
    'another word where close has a no-break space': ['POST / HTTP/1.1\r\nConnection: \xa0close\r\n', {}],
    'another character set in a value': ['POST / HTTP/1.1\r\nX: \xe4\r\n', {}],
  };
  for (const [what, [head, expected]] of Object.entries(heads)) {
    test(`reads ${what}`, () => {
      const { received, error } = decode(`${head}\r\n`);
      assert.equal(error, undefined);
      assert.deepEqual(received[0]?.request, request(expected));
      assert.equal(received[0]?.bodyBytes, expected.length === 'chunked' ? undefined : 0);
    });
  }

  const post = `POST / HTTP/1.1\r\n${host}`;
  const inChunks = `${post}Transfer-Encoding: chunked\r\n\r\n`;
  const rejections: Record<string, [text: string, status: number, message: RegExp]> = {
    'another protocol': ['SSH-2.0-OpenSSH\r\n', 400, /must begin with a method such as POST: it is 'SSH-/],
    'a method without end': ['P'.repeat(30), 400, /must begin with a method/],
    'half a first line': ['POST /\r\n\r\n', 400, /first line must be as POST \/NAME HTTP\/1\.1 is: it is 'POST \/'/],
    'a space in the path': ['POST /a b HTTP/1.1\r\n\r\n', 400, /first line/],
    'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, /HTTP\/2\.0 as it must be HTTP\/1\.1/],
    'a line that ends with LF alone': ['POST / HTTP/1.1\nContent-Length: 0\n\n', 400, /ends with CR LF/],
    'CR within a line': [`${post}X: a\rb\r\n\r\n`, 400, /ends with CR LF/],
    'NUL within a line': [`${post}X: a\0b\r\n\r\n`, 400, /ends with CR LF/],
    'a header with what terminals obey': [`${post}\x9b2J\r\n\r\n`, 400, /one is '\?2J'/],
    'a header without a colon': [`${post}hello\r\n\r\n`, 400, /each of its headers must be as Name: value/],
    'a header with a space before the colon': [`${post}Content-Length : 5\r\n\r\n`, 400, /each of its headers/],
    'a header that goes on in the next line': [`${post}X: a\r\n b\r\n\r\n`, 400, /each of its headers/],
    'two lengths': [`${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`, 400, /length of its body once/],
    'one length twice': [`${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`, 400, /length of its body once/],
    'a length and chunks': [
      `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      /length of its body once/,
    ],
    'chunks twice': [`${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, 400, /once/],
    'a length list': [`${post}Content-Length: 5, 5\r\n\r\n`, 400, /it is '5, 5'/],
    'a no-break space before an encoding': [
      `${post}Transfer-Encoding: \xa0chunked\r\n\r\n`,
      400,
      /its Transfer-Encoding must be printable ASCII: it is '\?chunked'/,
    ],
    'a no-break space behind an encoding': [`${post}Transfer-Encoding: chunked\xa0\r\n\r\n`, 400, /it is 'chunked\?'/],
    'a no-break space before a length': [`${post}Content-Length: \xa05\r\n\r\n`, 400, /it is '\?5'/],
    'a no-break space behind a length': [`${post}Content-Length: 5\xa0\r\n\r\n`, 400, /it is '5\?'/],
    'a no-break space around an expectation': [
      `${post}Expect: \xa0100-continue\r\n\r\n`,
      417,
      /it is '\?100-continue'/,
    ],
    'an empty length': [`${post}Content-Length: \t \r\n\r\n`, 400, /it is ''/],
    'a length in other digits': [`${post}Content-Length: \xb2\r\n\r\n`, 400, /it is '\?'/],
    'a negative length': [`${post}Content-Length: -1\r\n\r\n`, 400, /a whole number, 0 to \d+: it is '-1'/],
    'a length of 2^64': [
      `${post}Content-Length: 18446744073709551616\r\n\r\n`,
      400,
      /a whole number, 0 to 9007199254740991: it is '18446744073709551616'/,
    ],
    'another encoding': [
      `${post}Transfer-Encoding: gzip, chunked\r\n\r\n`,
      501,
      /must be chunked: it is 'gzip, chunked'/,
    ],
    'chunks in HTTP/1.0': [
      'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      /HTTP\/1\.0 has no Transfer-Encoding/,
    ],
    'another expectation': [`${post}Expect: miracles\r\n\r\n`, 417, /must be 100-continue: it is 'miracles'/],
    'a chunk of 2^63': [
      `${inChunks}8000000000000000\r\n`,
      413,
      /chunks must be <= ffffffff bytes: one is 8000000000000000/,
    ],
    'a chunk without a length': [`${inChunks}\r\n`, 400, /must be hexadecimal: it is ''/],
    'a chunk of negative length': [`${inChunks}-5\r\n`, 400, /must be hexadecimal: it is '-5'/],
    'a chunk whose length has a sign': [`${inChunks}+5\r\nhello\r\n`, 400, /must be hexadecimal: it is '\+5'/],
    'a chunk whose length is as of a program': [`${inChunks}0x5\r\nhello\r\n`, 400, /must be hexadecimal: it is '0x5'/],
    'a chunk with a space behind its length': [`${inChunks}5 \r\nhello\r\n`, 400, /must be hexadecimal: it is '5 '/],
    'a chunk whose length ends with LF alone': [`${inChunks}5\nhello\r\n`, 400, /ends with CR LF/],
    'a length with a sign': [`${post}Content-Length: +5\r\n\r\n`, 400, /it is '\+5'/],
    'CR twice before LF': [`POST / HTTP/1.1\r\r\n${host}\r\n`, 400, /ends with CR LF/],
    'a chunk that is longer than it says': [`${inChunks}1\r\nab\r\n`, 400, /longer than it says/],
    'leading zeros without end': [inChunks + '0'.repeat(300), 400, /must be <= 256 bytes: it goes on/],
    'an extension of a chunk without end': [`${inChunks}5;${'x'.repeat(300)}`, 400, /must be <= 256 bytes: it goes on/],
    'headers without end': [post + 'X: y\r\n'.repeat(200), 431, /headers must be <= 100 lines: they go on/],
    'a header without end': [`${post}X: ${'y'.repeat(20_000)}`, 431, /headers must be <= 16384 bytes: they go on/],
    'a path without end': [`POST /${'y'.repeat(20_000)}`, 431, /headers must be <= 16384 bytes: they go on/],
    'trailers without end': [
      `${inChunks}0\r\n${'X: y\r\n'.repeat(200)}`,
      431,
      /headers must be <= 100 lines: they go on/,
    ],
  };
  for (const [what, [text, status, message]] of Object.entries(rejections)) {
    test(`rejects ${what} with ${status}, whatever pieces it comes in`, () => {
      for (const size of [text.length, 1, 10]) {
        const { error } = decode(text, [size]);
        assert.equal(error?.code, 'BAD_REQUEST');
        assert.deepEqual([error?.status, error?.message.includes('\n')], [status, false]);
        assert.match(error?.message ?? '', message);
        // It will stand in a log, and on a terminal.
        assert.match(error?.message ?? '', /^[ -~]+$/);
      }
    });
  }

  test('knows when a request that says its length is whole, and when a head has begun', () => {
    const decoder = new HttpDecoder();
    const seen: [string, boolean, boolean][] = [];
    for (const byte of Buffer.from(sized)) {
      for (const { type } of decoder.decode(Uint8Array.of(byte))) {
        seen.push([type, decoder.hasWholeBody, decoder.isWithinHead]);
      }
      if (seen.length === 0) assert.ok(decoder.isWithinHead);
    }
    assert.deepEqual(seen, [
      ['request', false, false],
      ...Array.from({ length: 4 }, (): [string, boolean, boolean] => ['body', false, false]),
      ['body', true, false],
      ['end', true, false],
    ]);
  });

  test('gives back the requests that were sent, whatever their bodies, chunks and the pieces', () => {
    const body = fc.string({ unit: 'binary-ascii', maxLength: 300 });
    const sent = fc.record({ body, chunk: fc.nat({ max: 40 }) });
    const pieces = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 5 }), pieces, (requests, sizes) => {
        const { received, error } = decode(requests.map(({ body, chunk }) => write(body, chunk)).join(''), sizes);
        assert.equal(error, undefined);
        assert.deepEqual(
          received.map(({ body, bodyBytes }) => [body, bodyBytes]),
          requests.map(({ body }) => [body, body.length]),
        );
      }),
    );
  });

  test('fails in no other way than with a status, and alike in all pieces, whatever comes', () => {
    const words = [
      'POST / HTTP/1.1\r\n',
      '\r\n',
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      '3\r\n',
      'abc',
      '0\r\n',
      ': ',
      ';',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary-ascii', maxLength: 5 })), {
      maxLength: 12,
    });
    const pieces = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(text, pieces, (parts, sizes) => {
        const whole = decode(`P${parts.join('')}`);
        const inPieces = decode(`P${parts.join('')}`, sizes);
        assert.deepEqual(inPieces.received, whole.received);
        assert.equal(inPieces.error?.status, whole.error?.status);
      }),
      { numRuns: 2000 },
    );
  });
});

/** @param chunk bytes a chunk; 0: with a length */
function write(body: string, chunk: number): string {
  if (chunk === 0) return `PUT / HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunks: string[] = [];
  for (let at = 0; at < body.length; at += chunk) {
    const part = body.slice(at, at + chunk);
    chunks.push(`${part.length.toString(16)}\r\n${part}\r\n`);
  }
  return `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`;
}
