import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One request to a server on 127.0.0.1, exactly as it is written here. */
export async function ask(port: number, path: string, options: AskOptions = {}): Promise<Asked> {
  const incoming = await open(port, path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body, text: body.toString() };
}

/** The same, for a body that comes as it comes. */
export async function open(port: number, path: string, options: AskOptions = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body } = options;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request({ host: '127.0.0.1', port, path, method, agent: false, headers: { ...length, ...headers } });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  return incoming;
}

/**
 * The answer of a server to these bytes, until it closes the connection.
 * @param requests each is sent when something came in answer to the one before
 */
export async function shout(port: number, requests: string | readonly string[]): Promise<string> {
  const socket = await dial(port);
  const [first = '', ...others] = typeof requests === 'string' ? [requests] : requests;
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
    const next = others.shift();
    if (next !== undefined) socket.write(next, 'latin1');
  });
  socket.write(first, 'latin1');
  await once(socket, 'close');
  return answer;
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
