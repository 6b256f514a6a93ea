import { connect } from 'node:net';
import { CodedError } from '../errors.ts';
import { withoutBrackets } from '../network/address.ts';
import { onAbort } from '../system/abort.ts';
import { SilenceError, toConnectError } from './nats-error.ts';

/** The first line of a server lists all other servers of its cluster, which may be many. */
const maxBytes = 64 * 1024;
/** The time that a server has to close the connection as well. */
const closingMs = 1000;
const stranger = 'the other side is no NATS server';

/** The facts in the first line of a NATS server. */
export interface Greeting {
  readonly speaksTls: boolean;
  /** Of clients, by TLS. */
  readonly wantsCertificate: boolean;
}

/**
 * Waits for the first line of a NATS server, and hangs up.
 *
 * The library has no time limit for this line, and goes on reading if something else than a NATS server answers. It also loses the
 * error that a server sends when it rejects a connection at once.
 * @param server `host:port`
 * @throws CodedError CONNECT_FAILED, or REJECTED where the server says why
 */
export async function awaitGreeting(server: string, timeoutMs: number, signal: AbortSignal): Promise<Greeting> {
  const { hostname, port } = new URL(`nats://${server}`);
  const socket = connect({ host: withoutBrackets(hostname), port: Number(port) });
  let text = '';
  let timer = setTimeout(() => {
    const isSilent = text === '' && socket.bytesRead === 0;
    const Kind = isSilent ? SilenceError : Error;
    socket.destroy(new Kind(`no NATS server answers there within ${timeoutMs / 1000} s`));
  }, timeoutMs);
  const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
  const decoder = new TextDecoder('latin1');
  try {
    for await (const chunk of socket) {
      const hadLine = text.includes('\r\n');
      text += decoder.decode(chunk);
      checkBegin(text);
      if (hadLine || !text.includes('\r\n')) continue;
      // A server that rejects the connection sends its error right after this line, and closes. So read until it has closed.
      socket.end();
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), closingMs);
    }
  } catch (error) {
    if (!text.includes('\r\n') || signal.aborted) throw toConnectError(error, server);
  } finally {
    clearTimeout(timer);
    stopWatching();
    socket.destroy();
  }
  return judge(text, server);
}

function checkBegin(text: string): void {
  const isBegun = text.slice(0, 5).toUpperCase() === 'INFO '.slice(0, text.length);
  if (!isBegun || text.length > maxBytes) throw new Error(stranger);
}

function judge(text: string, server: string): Greeting {
  const [line = '', ...more] = text.split('\r\n');
  if (more.length === 0)
    throw toConnectError(new Error('the other side closed the connection without an answer'), server);
  const info = parse(line.slice('INFO '.length));
  if (info === undefined || !isServer(info)) throw toConnectError(new Error(stranger), server);
  const [, rejection] = /^-ERR '([\x20-\x7e]{1,200})'$/.exec(more[0] ?? '') ?? [];
  if (rejection !== undefined) {
    throw new CodedError('REJECTED', `Cannot connect to ${server}: the NATS server says: ${rejection}`);
  }
  return {
    speaksTls: info['tls_required'] === true || info['tls_available'] === true,
    wantsCertificate: info['tls_verify'] === true,
  };
}

/** Checks the fields that the library expects from every server. Without them it prints a stack trace of its own. */
function isServer({ version, connect_urls: urls = [] }: Record<string, unknown>): boolean {
  const isAddress = (url: unknown) => typeof url === 'string' && URL.canParse(`nats://${url}`);
  return typeof version === 'string' && /^\d+\.\d+\.\d+/.test(version) && Array.isArray(urls) && urls.every(isAddress);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
