import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { formatAddress, formatRemote, hostKey, hostKeyOf } from '../../network/address.ts';
import { isMissingAddress, resolveBindAddresses } from '../../network/bind-addresses.ts';
import { ConnectionLimiter } from '../../network/connection-limiter.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import { CodedError } from '../../protocol/errors.ts';
import { FairScheduler, type Task } from '../../system/fair-scheduler.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { HttpConnection } from './http-connection.ts';
import type { WebStats } from './web-stats.ts';

/** A browser opens six; a proxy in front of them may have all from one address. */
const maxConnections = { maxSenders: 200, maxPerAddress: 100 };
const limits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
};
/** A response that is not a stream is taken within it, or at least some of it. */
const socketTimeoutMs = 60_000;
/** So many at once may ask, so that they can be told to come again; whoever floods is hung up on. */
const maxRefusals = 20;
const refusalMs = 500;
/** What it may cost to read a connection's first bytes, which may be a thousand requests: of one connection in each turn of the event loop. */
const readingMs = 2;
/** What an answer costs beside what its turn takes: Node reads the request before that, and the routes write the answer behind it. */
const answeringMs = 1;

export interface WebServerSettings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM; undefined: no TLS. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /** Of all connections of the program; undefined: of its own alone. */
  readonly scheduler?: FairScheduler | undefined;
}

export type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/** Listens on every address that a host name stands for, and keeps strangers from taking all connections. */
export class WebServer {
  readonly #settings: WebServerSettings;
  readonly #stats: WebStats;
  readonly #log: LimitedLog;
  readonly #servers: Server[] = [];
  readonly #limiter = new ConnectionLimiter(maxConnections);
  readonly #connections = new Map<string, HttpConnection>();
  readonly #listener: RequestListener;
  readonly #scheduler: FairScheduler;
  /** For all who get no place, and are told so. */
  readonly #strangers: Task;
  #refusals = 0;

  private constructor(settings: WebServerSettings, listener: RequestListener, stats: WebStats, log: Log) {
    this.#settings = settings;
    this.#scheduler = settings.scheduler ?? new FairScheduler();
    this.#strangers = this.#scheduler.join('');
    this.#listener = listener;
    this.#stats = stats;
    this.#log = new LimitedLog(log);
  }

  /** @throws CodedError LISTEN_FAILED */
  static async open(settings: WebServerSettings, listener: RequestListener, stats: WebStats, log: Log) {
    const server = new WebServer(settings, listener, stats, log);
    const { host, port } = settings;
    try {
      for (const address of await resolveBindAddresses(host)) await server.#listen(address);
    } catch (error) {
      await server.close();
      const where = formatAddress(host, port);
      const wayOut = '--web with another port, or 0 for any free one, may do';
      throw new CodedError(
        'LISTEN_FAILED',
        `Cannot show the page on ${where}: ${describeNetworkError(error)}. ${wayOut}`,
      );
    }
    return server;
  }

  /** What is listened on, with the real ports. */
  get addresses(): { address: string; port: number }[] {
    return this.#servers.map((server) => server.address() as AddressInfo);
  }

  /** Whose request that is keeps his place until it is answered. */
  welcome({ socket }: IncomingMessage): void {
    const connection = this.#connections.get(formatRemote(socket));
    if (connection !== undefined) connection.isWelcome = true;
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const connection of this.#connections.values()) connection.close();
    await Promise.all(closed);
  }

  async #listen(address: string): Promise<void> {
    const port = this.addresses[0]?.port ?? this.#settings.port;
    const server = this.#createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: address, port }, () => {
          server.off('error', reject);
          server.on('error', (error) => this.#log.warn('accept', `--web: ${describeNetworkError(error)}`));
          resolve();
        });
      });
    } catch (error) {
      // A kernel without IPv6 still has a localhost; any free port may be free on the first address only.
      if (this.#servers.length === 0 || !isMissingAddress(error, this.#settings.port)) throw error;
      return;
    }
    this.#servers.push(server);
  }

  #createServer(): Server {
    const { tls } = this.#settings;
    const listener: RequestListener = (incoming, outgoing) => this.#serve(incoming, outgoing);
    const handshakeTimeout = limits.headersTimeout;
    const server: Server =
      tls === undefined
        ? createServer(limits, listener)
        : createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.3', handshakeTimeout }, listener);
    server.setTimeout(socketTimeoutMs);
    // As of `createServer` of node:net, which makes it: nothing is read before `hear` has it read.
    (server as { pauseOnConnect?: boolean }).pauseOnConnect = true;
    // Under TLS too it is the connection below, which comes first and costs next to nothing to refuse.
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => this.#hear(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#answerNonsense(error, socket as Socket));
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    return server;
  }

  #admit(socket: Socket): void {
    socket.on('error', () => undefined);
    const task = this.#scheduler.join(hostKey(socket.remoteAddress ?? ''));
    const connection = new HttpConnection(socket, task, () => this.#stats.refused.connections++);
    try {
      this.#limiter.admit(connection);
    } catch {
      this.#stats.refused.connections++;
      const { maxSenders, maxPerAddress } = maxConnections;
      const limit = `at most ${maxSenders} connections, ${maxPerAddress} from one address, may be open`;
      this.#log.warn('connections', `--web: refused ${connection.address} as ${limit}`, hostKeyOf(connection.address));
      task.leave();
      this.#refuse(socket);
      return;
    }
    this.#connections.set(connection.label, connection);
    socket.once('close', () => {
      this.#limiter.leave(connection);
      this.#connections.delete(connection.label);
      task.leave();
    });
  }

  /** Reads from a connection when it is its turn. */
  #hear(socket: Socket): void {
    const task = this.#connections.get(formatRemote(socket))?.task ?? this.#strangers;
    const read = () => {
      socket.resume();
      task.end(readingMs);
    };
    if (task.begin(read)) read();
  }

  #refuse(socket: Socket): void {
    if (this.#refusals >= maxRefusals) {
      socket.destroy();
      return;
    }
    this.#refusals++;
    const timer = setTimeout(() => socket.destroy(), refusalMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#refusals--;
    });
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const connection = this.#connections.get(formatRemote(incoming.socket));
    if (connection === undefined) {
      outgoing.writeHead(503, { 'retry-after': '5', connection: 'close' }).end();
      return;
    }
    // No browser asks for the next before it has the answer; whoever does would have answers without end wait for him.
    if (connection.isBusy) {
      // Those that came with it are gone with it.
      if (!incoming.socket.destroyed) this.#stats.refused.request++;
      stopParsing(incoming.socket);
      incoming.socket.destroy();
      return;
    }
    connection.isBusy = true;
    outgoing.once('close', () => {
      connection.isBusy = false;
      connection.isWelcome = false;
    });
    const answer = () => {
      if (!outgoing.destroyed) this.#listener(incoming, outgoing);
      connection.task.end(answeringMs);
    };
    if (connection.task.begin(answer)) answer();
  }

  #answerNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
    // Those are browsers that open a connection for later, or leave.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#stats.refused.request++;
    const address = socket.remoteAddress ?? 'unknown';
    const line = `--web: refused ${address} as its request is no HTTP, or its head is over 8 KiB`;
    this.#log.warn('request', line, hostKey(address));
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.destroySoon();
  }
}

/**
 * Makes nothing of what else came with a request: Node would make a request and an error with a stack of each of a thousand, which takes
 * a third of a second. Its parser is not documented; where there is none all goes on as before.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: unknown } | null };
  // As after an upgrade, the rest is not for it.
  if (parser) parser.onIncoming = () => 2;
}
