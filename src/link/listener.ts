import { lookup } from 'node:dns/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { CodedError, formatError, ProtocolError } from '../protocol/errors.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { formatAddress } from './address.ts';
import { Connection, type ConnectionHandler, type ConnectionLimits } from './connection.ts';
import { describeNetworkError } from './network-reason.ts';

export interface ListenerOptions extends ConnectionLimits {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Connections open at once. */
  readonly maxSenders: number;
}

/** Accepts senders on every address that a host name stands for, on sockets that stay open until `close`. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #handler: ConnectionHandler;
  readonly #log: LimitedLog;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();

  private constructor(options: ListenerOptions, handler: ConnectionHandler, log: Log) {
    this.#options = options;
    this.#handler = handler;
    this.#log = new LimitedLog(log);
  }

  /** @throws CodedError LISTEN_FAILED */
  static async open(options: ListenerOptions, handler: ConnectionHandler, log: Log): Promise<Listener> {
    const listener = new Listener(options, handler, log);
    const { host, port } = options;
    try {
      for (const address of await resolveAddresses(host)) {
        await listener.#listen(address, listener.addresses[0]?.port ?? port).catch((error) => {
          // A kernel without IPv6 still has a localhost.
          if (listener.addresses.length === 0 || !isMissingAddress(error, port)) throw error;
        });
      }
    } catch (error) {
      await listener.close();
      const where = formatAddress(host, port);
      const reason = `${describeNetworkError(error)}. ${describeWayOut(error)}`;
      throw new CodedError('LISTEN_FAILED', `Cannot listen on ${where}: ${reason}`);
    }
    return listener;
  }

  /** What is listened on, with the real ports. */
  get addresses(): { address: string; port: number }[] {
    return this.#servers.map((server) => server.address() as AddressInfo);
  }

  /** Accepts nobody any more and resolves when each connection has ended after its frame in hand. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.stop();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(address: string, port: number): Promise<void> {
    const server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port }, () => {
        server.off('error', reject);
        // A failed accept (no file descriptors left) costs that connection only.
        server.on('error', (error) =>
          this.#log.warn('accept', `Cannot accept a sender: ${describeNetworkError(error)}`),
        );
        resolve();
      });
    });
    this.#servers.push(server);
  }

  #accept(socket: Socket): void {
    const { maxSenders } = this.#options;
    if (this.#connections.size >= maxSenders) {
      const label = formatAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
      const error = new ProtocolError(
        'TOO_MANY_SENDERS',
        `Cannot take a sender as at most ${maxSenders} may be connected (--max-senders)`,
      );
      this.#log.warn(error.code, `${label}: ${formatError(error)}`);
      socket.destroy();
      return;
    }
    const connection: Connection = new Connection(socket, this.#options, {
      arrive: (sender) => this.#handler.arrive(sender),
      take: (frame) => this.#handler.take(frame),
      leave: (sender, error) => {
        this.#connections.delete(connection);
        this.#handler.leave(sender, error);
      },
    });
    this.#connections.add(connection);
  }
}

function describeWayOut(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return 'Is image-receiver running already? --port 0 takes any free port';
    case 'EACCES':
      return 'Use a --port from 1024 on';
    default:
      return '--host 0.0.0.0 listens on every address of this machine';
  }
}

function isMissingAddress(error: unknown, port: number): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  // Any free port was wanted, and it is free on the first address only.
  if (port === 0 && code === 'EADDRINUSE') return true;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

/** `localhost` is both 127.0.0.1 and ::1, whichever the sender tries. */
async function resolveAddresses(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  const addresses = [...new Set(found.map((entry) => entry.address))];
  if (host !== 'localhost') return addresses;
  // Programs of the classic wire know IPv4 only.
  return ['127.0.0.1', ...addresses.filter((address) => address === '::1')];
}
