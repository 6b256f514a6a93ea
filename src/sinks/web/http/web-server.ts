import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { CodedError } from '../../../errors.ts';
import { formatAddress, hostKey, remoteHost } from '../../../network/address.ts';
import { isMissingAddress, resolveBindAddresses } from '../../../network/bind-addresses.ts';
import { describeNetworkError } from '../../../network/network-error.ts';
import { FairScheduler } from '../../../system/fair-scheduler.ts';
import { LimitedLog } from '../../../system/limited-log.ts';
import type { Log } from '../../../system/log.ts';
import type { WebStats } from '../web-stats.ts';
import { HttpConnections } from './http-connections.ts';
import type { RequestHandler } from './http-exchange.ts';

const limits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
};
/**
 * A client that takes nothing of a response for so long is gone. Streams have a time-out of their
 * own.
 */
const socketTimeoutMs = 60_000;

export interface WebServerSettings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM; undefined: no TLS. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /**
   * Shares the program's time with all its other connections; undefined: the page's own share it
   * alone.
   */
  readonly scheduler?: FairScheduler | undefined;
}

/** Listens on every address that a host name stands for. */
export class WebServer {
  readonly #settings: WebServerSettings;
  readonly #handle: RequestHandler;
  readonly #stats: WebStats;
  readonly #log: LimitedLog;
  readonly #servers: Server[] = [];
  readonly #connections: HttpConnections;

  private constructor(settings: WebServerSettings, handle: RequestHandler, stats: WebStats, log: Log) {
    this.#settings = settings;
    this.#handle = handle;
    this.#stats = stats;
    this.#log = new LimitedLog(log);
    this.#connections = new HttpConnections(settings.scheduler ?? new FairScheduler(), stats, this.#log);
  }

  /** @throws CodedError LISTEN_FAILED */
  static async open(settings: WebServerSettings, handle: RequestHandler, stats: WebStats, log: Log) {
    const server = new WebServer(settings, handle, stats, log);
    const { host, port } = settings;
    try {
      for (const address of await resolveBindAddresses(host)) await server.#listen(address);
    } catch (error) {
      await server.close();
      const where = formatAddress(host, port);
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      const holder = isTaken ? `\`sudo ss -ltnp 'sport = :${port}'\` says which. ` : '';
      const advice = `${holder}--web with another port, or 0 for any free one, may do`;
      throw new CodedError(
        'LISTEN_FAILED',
        `Cannot show the page on ${where}: ${describeNetworkError(error)}. ${advice}`,
      );
    }
    return server;
  }

  /** It listens on these, with the real ports. */
  get addresses(): { address: string; port: number }[] {
    return this.#servers.map((server) => server.address() as AddressInfo);
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.#connections.close();
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
      // A kernel without IPv6 still has a localhost; any free port may be free on the first address
      // only.
      if (this.#servers.length === 0 || !isMissingAddress(error, this.#settings.port)) throw error;
      return;
    }
    this.#servers.push(server);
  }

  #createServer(): Server {
    const { tls } = this.#settings;
    const connections = this.#connections;
    const handshakeTimeout = limits.headersTimeout;
    const server: Server =
      tls === undefined
        ? createServer(limits)
        : createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.3', handshakeTimeout });
    server.setTimeout(socketTimeoutMs);
    // An option of `createServer` of node:net, from which this server is made: nothing is read
    // before its turn.
    (server as { pauseOnConnect?: boolean }).pauseOnConnect = true;
    // With TLS too this is the connection below it: it comes first and costs next to nothing to
    // reject.
    server.on('connection', (socket: Socket) => connections.admit(socket));
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      connections.startReading(socket);
    });
    server.on('request', (request, response) => connections.serve(request, response, this.#handle));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#rejectMalformed(error, socket as Socket));
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    return server;
  }

  #rejectMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
    // Browsers open connections in advance, and leave in the middle of a request.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#stats.rejected.request++;
    const address = remoteHost(socket);
    const line = `--web: rejected ${address} as its request is not HTTP, or its headers are over 8 KiB`;
    this.#log.warn('request', line, hostKey(address));
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.destroySoon();
  }
}
