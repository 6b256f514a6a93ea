import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { formatAddress, hostKey, hostKeyOf } from '../../link/address.ts';
import { isMissingAddress, resolveBindAddresses } from '../../link/bind-addresses.ts';
import { describeNetworkError } from '../../link/network-reason.ts';
import { Admission } from '../../link/receiving/admission.ts';
import { CodedError } from '../../protocol/errors.ts';
import { FairScheduler, type Task } from '../../system/fair-scheduler.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { formatRemote, Visitor } from './visitor.ts';
import type { WebFigures } from './web-figures.ts';

/** A browser opens six; a proxy in front of them may have all from one address. */
const mostConnections = { maxSenders: 200, maxPerAddress: 100 };
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
const mostRefusals = 20;
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
  readonly #figures: WebFigures;
  readonly #log: LimitedLog;
  readonly #servers: Server[] = [];
  readonly #admission = new Admission(mostConnections);
  readonly #visitors = new Map<string, Visitor>();
  readonly #listener: RequestListener;
  readonly #scheduler: FairScheduler;
  /** For all who get no place, and are told so. */
  readonly #strangers: Task;
  #refusals = 0;

  private constructor(settings: WebServerSettings, listener: RequestListener, figures: WebFigures, log: Log) {
    this.#settings = settings;
    this.#scheduler = settings.scheduler ?? new FairScheduler();
    this.#strangers = this.#scheduler.join('');
    this.#listener = listener;
    this.#figures = figures;
    this.#log = new LimitedLog(log);
  }

  /** @throws CodedError LISTEN_FAILED */
  static async open(settings: WebServerSettings, listener: RequestListener, figures: WebFigures, log: Log) {
    const server = new WebServer(settings, listener, figures, log);
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
    const visitor = this.#visitors.get(formatRemote(socket));
    if (visitor !== undefined) visitor.isWelcome = true;
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const visitor of this.#visitors.values()) visitor.close();
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
    const visitor = new Visitor(socket, task, () => this.#figures.refused.connections++);
    try {
      this.#admission.admit(visitor);
    } catch {
      this.#figures.refused.connections++;
      const { maxSenders, maxPerAddress } = mostConnections;
      const limit = `at most ${maxSenders} connections, ${maxPerAddress} from one address, may be open`;
      this.#log.warn('connections', `--web: refused ${visitor.address} as ${limit}`, hostKeyOf(visitor.address));
      task.leave();
      this.#refuse(socket);
      return;
    }
    this.#visitors.set(visitor.label, visitor);
    socket.once('close', () => {
      this.#admission.leave(visitor);
      this.#visitors.delete(visitor.label);
      task.leave();
    });
  }

  /** Reads from a connection when it is its turn. */
  #hear(socket: Socket): void {
    const task = this.#visitors.get(formatRemote(socket))?.task ?? this.#strangers;
    const read = () => {
      socket.resume();
      task.end(readingMs);
    };
    if (task.begin(read)) read();
  }

  #refuse(socket: Socket): void {
    if (this.#refusals >= mostRefusals) {
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
    const visitor = this.#visitors.get(formatRemote(incoming.socket));
    if (visitor === undefined) {
      outgoing.writeHead(503, { 'retry-after': '5', connection: 'close' }).end();
      return;
    }
    // No browser asks for the next before it has the answer; whoever does would have answers without end wait for him.
    if (visitor.isBusy) {
      // Those that came with it are gone with it.
      if (!incoming.socket.destroyed) this.#figures.refused.request++;
      stopParsing(incoming.socket);
      incoming.socket.destroy();
      return;
    }
    visitor.isBusy = true;
    outgoing.once('close', () => {
      visitor.isBusy = false;
      visitor.isWelcome = false;
    });
    const answer = () => {
      if (!outgoing.destroyed) this.#listener(incoming, outgoing);
      visitor.task.end(answeringMs);
    };
    if (visitor.task.begin(answer)) answer();
  }

  #answerNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
    // Those are browsers that open a connection for later, or leave.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#figures.refused.request++;
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
