import { GrowingBytes } from '../growing-bytes.ts';
import { badRequest, HttpError, type HttpRequest, parseRequest, quote } from './http-request.ts';

/** Limits of the headers of a request, and again of the trailers behind its last chunk. */
const maxHeadBytes = 16 * 1024;
const maxHeadLines = 100;
/** Of the line with the length of a chunk, which may have extensions. */
const maxChunkLineBytes = 256;
const maxChunkBytes = 0xffffffff;
const lineFeed = 0x0a;

export type HttpEvent =
  | { readonly type: 'request'; readonly request: HttpRequest }
  /** A part of the body: a view of the bytes that were decoded. */
  | { readonly type: 'body'; readonly bytes: Uint8Array }
  /** The request has ended; its body had `bodyBytes`. */
  | { readonly type: 'end'; readonly bodyBytes: number };

/** The part of a request to which the next byte belongs. */
type Phase = 'head' | 'body' | 'chunk line' | 'chunk' | 'chunk end' | 'trailer';

/**
 * Turns the bytes of an HTTP client into requests and their bodies (RFC 9112), in whatever pieces
 * they come.
 *
 * It is strict: it rejects each oddity that two servers may read in two ways. It holds one line,
 * and headers of 16 KiB. After an error it cannot be used any more.
 *
 * Node's own parser (llhttp) was tried in its place. It costs the same time for a frame. It takes
 * some requests that this one rejects: two encodings, chunks in HTTP/1.0, extensions and trailers
 * without a limit of their own, a chunk of 2^63 bytes. It would also go around the scheduler and
 * the time-outs that all other connections have.
 */
export class HttpDecoder {
  #phase: Phase = 'head';
  /** The line that is being read. */
  readonly #line = new GrowingBytes(maxHeadBytes);
  /** The header lines so far, or the trailers. */
  #lines: string[] = [];
  #headBytes = 0;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #remaining = 0;
  #bodyBytes = 0;

  /** Whether the headers of a request have begun and not ended. */
  get isWithinHead(): boolean {
    return this.#phase === 'head' && this.#headBytes > 0;
  }

  /** Whether a request with a length has come whole. */
  get hasWholeBody(): boolean {
    return this.#phase === 'body' ? this.#remaining === 0 : this.#phase === 'head';
  }

  /** The events that `chunk` completes. @throws HttpError */
  *decode(chunk: Uint8Array): Generator<HttpEvent, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#phase === 'body' || this.#phase === 'chunk') {
        const bytes = chunk.subarray(at, at + this.#remaining);
        at += bytes.length;
        this.#remaining -= bytes.length;
        this.#bodyBytes += bytes.length;
        yield { type: 'body', bytes };
        if (this.#remaining > 0) continue;
        if (this.#phase === 'chunk') this.#phase = 'chunk end';
        else yield this.#end();
        continue;
      }
      const feed = chunk.indexOf(lineFeed, at);
      const end = feed < 0 ? chunk.length : feed + 1;
      this.#checkLine(end - at);
      this.#line.take(chunk.subarray(0, end), at);
      at = end;
      if (this.#phase === 'head' && this.#lines.length === 0) checkBeginning(this.#line.bytes);
      if (feed >= 0) yield* this.#takeLine(this.#takeText());
    }
  }

  /** Checks that so many more bytes of a line are within the limits. @throws HttpError */
  #checkLine(bytes: number): void {
    if (this.#phase === 'chunk line' || this.#phase === 'chunk end') {
      if (this.#line.written + bytes <= maxChunkLineBytes) return;
      throw badRequest(`the line before a chunk must be <= ${maxChunkLineBytes} bytes: it goes on`);
    }
    this.#headBytes += bytes;
    if (this.#headBytes <= maxHeadBytes) return;
    throw new HttpError(431, `Cannot read an HTTP request as its headers must be <= ${maxHeadBytes} bytes: they go on`);
  }

  /** The line that was read, without its end. */
  #takeText(): string {
    const { bytes } = this.#line;
    this.#line.written = 0;
    let text = '';
    for (const byte of bytes.subarray(0, -2)) text += String.fromCharCode(byte);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what may not be there
    if (bytes.at(-2) !== 0x0d || /[\0-\x08\x0a-\x1f\x7f]/.test(text)) {
      throw badRequest('each of its lines must be text that ends with CR LF');
    }
    return text;
  }

  *#takeLine(line: string): Generator<HttpEvent, void, undefined> {
    switch (this.#phase) {
      case 'head':
        if (line !== '') this.#addLine(line);
        else yield* this.#begin();
        break;
      case 'chunk line':
        this.#remaining = parseChunkLength(line);
        this.#phase = this.#remaining > 0 ? 'chunk' : 'trailer';
        break;
      case 'chunk end':
        if (line !== '') throw badRequest('a chunk is longer than it says');
        this.#phase = 'chunk line';
        break;
      default:
        if (line !== '') this.#addLine('');
        else yield this.#end();
    }
  }

  #addLine(line: string): void {
    if (this.#lines.push(line) <= maxHeadLines) return;
    throw new HttpError(431, `Cannot read an HTTP request as its headers must be <= ${maxHeadLines} lines: they go on`);
  }

  *#begin(): Generator<HttpEvent, void, undefined> {
    const request = parseRequest(this.#lines);
    const { length = 0 } = request;
    this.#lines = [];
    this.#headBytes = 0;
    this.#bodyBytes = 0;
    this.#phase = length === 'chunked' ? 'chunk line' : 'body';
    this.#remaining = length === 'chunked' ? 0 : length;
    yield { type: 'request', request };
    if (length === 0) yield this.#end();
  }

  #end(): HttpEvent {
    this.#phase = 'head';
    this.#lines = [];
    this.#headBytes = 0;
    return { type: 'end', bodyBytes: this.#bodyBytes };
  }
}

/**
 * A client of another protocol gets its answer before its first line ends, which may never happen.
 */
function checkBeginning(bytes: Uint8Array): void {
  const text = String.fromCharCode(...bytes.subarray(0, 24));
  if (/^[A-Z]{1,20}($| )/.test(text)) return;
  throw badRequest(`it must begin with a method such as POST: it is ${quote(text)}`);
}

function parseChunkLength(line: string): number {
  const [, digits] = /^0*([0-9A-Fa-f]+)(?:[ \t]*;.*)?$/.exec(line) ?? [];
  if (digits === undefined) throw badRequest(`the length of a chunk must be hexadecimal: it is ${quote(line)}`);
  const bytes = Number.parseInt(digits, 16);
  if (bytes <= maxChunkBytes) return bytes;
  throw new HttpError(
    413,
    `Cannot read an HTTP request as its chunks must be <= ${maxChunkBytes.toString(16)} bytes: one is ${digits.slice(0, 24)}`,
  );
}
