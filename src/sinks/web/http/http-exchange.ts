import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpConnection } from './http-connection.ts';
import { discardBody, readBody, readBytes } from './request-body.ts';
import { securityHeaders } from './security-headers.ts';
import { StreamingResponse } from './streaming-response.ts';

/** Answers a request; never rejects. */
export type RequestHandler = (exchange: HttpExchange) => Promise<void>;

export type ResponseHeaders = Readonly<Record<string, string>>;

/** A request to the page's server, and the one response to it. */
export class HttpExchange {
  readonly connection: HttpConnection;
  readonly response: ServerResponse;
  /** As the client wrote it, with its percent signs. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #request: IncomingMessage;

  constructor(connection: HttpConnection, request: IncomingMessage, response: ServerResponse) {
    this.connection = connection;
    this.response = response;
    this.#request = request;
    // A client of a proxy may write a whole URL.
    const target = (request.url ?? '').replace(/^https?:\/\/[^/?]*/i, '');
    const [, path = '', query] = /^([^?]*)(?:\?(.*))?$/s.exec(target) ?? [];
    this.path = path;
    this.query = new URLSearchParams(query);
    response.on('error', () => undefined);
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  /** The client's, without a port. */
  get address(): string {
    return this.connection.address;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** How often that header is there. */
  countHeader(name: string): number {
    return this.#request.headersDistinct[name]?.length ?? 0;
  }

  /** Whether nobody takes the response any more. */
  get isClosed(): boolean {
    return this.response.destroyed || this.#request.socket.destroyed;
  }

  /** The body as text; undefined where it is too long, or does not say its length. */
  readBody(maxBytes: number): Promise<string | undefined> {
    return readBody(this.#request, maxBytes);
  }

  /** The body; undefined where it is too long, or does not say its length. */
  readBytes(maxBytes: number): Promise<Uint8Array | undefined> {
    return readBytes(this.#request, maxBytes);
  }

  /** Sends the whole response. */
  send(status: number, headers: ResponseHeaders, body: string | Uint8Array = ''): void {
    const hasBody = status !== 304;
    const length = hasBody ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    this.#writeHead(status, { ...length, ...headers });
    // Node sends no body in answer to HEAD.
    this.response.end(hasBody ? body : undefined);
  }

  sendText(status: number, text: string, headers: ResponseHeaders = {}): void {
    this.send(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }, `${text}\n`);
  }

  sendJson(json: string): void {
    this.send(200, { 'content-type': 'application/json' }, json);
  }

  /** Sends the browser to another path, which it gets with GET. */
  redirect(location: string, headers: ResponseHeaders = {}): void {
    this.send(303, { location, ...headers });
  }

  /**
   * Begins a response whose body comes piece by piece. undefined: the request is a HEAD, and its
   * whole response has been sent.
   */
  stream(status: number, headers: ResponseHeaders): StreamingResponse | undefined {
    this.#writeHead(status, headers);
    if (this.method !== 'HEAD') return new StreamingResponse(this.response);
    this.response.end();
    return undefined;
  }

  #writeHead(status: number, headers: ResponseHeaders): void {
    discardBody(this.#request);
    this.response.writeHead(status, { ...securityHeaders, ...headers });
  }
}
