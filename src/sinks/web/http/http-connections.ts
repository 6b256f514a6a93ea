import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { formatRemote, hostKey, remoteHost } from '../../../network/address.ts';
import { ConnectionLimiter } from '../../../network/connection-limiter.ts';
import type { FairScheduler } from '../../../system/fair-scheduler.ts';
import type { Task } from '../../../system/fair-task.ts';
import type { LimitedLog } from '../../../system/limited-log.ts';
import type { WebStats } from '../web-stats.ts';
import { HttpConnection } from './http-connection.ts';
import { HttpExchange, type RequestHandler } from './http-exchange.ts';

/** A browser opens six; a proxy in front of browsers may have all of them from one address. */
const limits = { maxSenders: 200, maxPerAddress: 100 };
/**
 * So many at once get the answer that there is no place, for so long; the others are closed without
 * an answer.
 */
const maxRejections = 20;
const rejectionMs = 500;
/**
 * The first bytes of a connection may be a thousand requests: to read them counts as so much work.
 */
const readingMs = 2;
/**
 * A response counts as so much work beside its turn: Node reads the request before the turn, and
 * the routes write after it.
 */
const answeringMs = 1;

/**
 * The connections to the page's server: limits their number, and shares the program's time among
 * them.
 */
export class HttpConnections {
  readonly #scheduler: FairScheduler;
  readonly #stats: WebStats;
  readonly #log: LimitedLog;
  readonly #limiter = new ConnectionLimiter(limits);
  readonly #byRemote = new Map<string, HttpConnection>();
  /** For connections whose answer is that there is no place. */
  readonly #rejectionTask: Task;
  #rejections = 0;

  constructor(scheduler: FairScheduler, stats: WebStats, log: LimitedLog) {
    this.#scheduler = scheduler;
    this.#rejectionTask = scheduler.join('');
    this.#stats = stats;
    this.#log = log;
  }

  /** Gives a new connection a place, or else closes it soon. */
  admit(socket: Socket): void {
    socket.on('error', () => undefined);
    const host = hostKey(remoteHost(socket));
    const task = this.#scheduler.join(host);
    const connection = new HttpConnection(socket, task, () => this.#stats.rejected.connections++);
    try {
      this.#limiter.admit(connection);
    } catch {
      this.#stats.rejected.connections++;
      const { maxSenders, maxPerAddress } = limits;
      const limit = `at most ${maxSenders} connections, ${maxPerAddress} from one address, may be open`;
      this.#log.warn('connections', `--web: rejected ${connection.remote} as ${limit}`, host);
      task.leave();
      this.#closeSoon(socket);
      return;
    }
    this.#byRemote.set(connection.remote, connection);
    socket.once('close', () => {
      this.#limiter.leave(connection);
      this.#byRemote.delete(connection.remote);
      task.leave();
    });
  }

  /** Begins to read from a connection, or from the TLS above it, when it is its turn. */
  startReading(socket: Socket): void {
    const task = this.#byRemote.get(formatRemote(socket))?.task ?? this.#rejectionTask;
    const read = () => {
      socket.resume();
      task.end(readingMs);
    };
    if (task.begin(read)) read();
  }

  /** Has a request answered when it is its turn. */
  serve(request: IncomingMessage, response: ServerResponse, handle: RequestHandler): void {
    const connection = this.#byRemote.get(formatRemote(request.socket));
    if (connection === undefined) {
      response.writeHead(503, { 'retry-after': '5', connection: 'close' }).end();
      return;
    }
    // No browser sends the next request before it has the answer: responses without end would wait
    // for a client that does.
    if (connection.isBusy) {
      // Requests that came with it come here even when the connection is closed: they are one
      // rejection.
      if (!request.socket.destroyed) this.#stats.rejected.request++;
      stopParsing(request.socket);
      request.socket.destroy();
      return;
    }
    connection.isBusy = true;
    response.once('close', () => {
      connection.isBusy = false;
      connection.isAuthorized = false;
    });
    const answer = () => {
      if (!response.destroyed) void handle(new HttpExchange(connection, request, response));
      connection.task.end(answeringMs);
    };
    if (connection.task.begin(answer)) answer();
  }

  close(): void {
    for (const connection of this.#byRemote.values()) connection.close();
  }

  #closeSoon(socket: Socket): void {
    if (this.#rejections >= maxRejections) {
      socket.destroy();
      return;
    }
    this.#rejections++;
    const timer = setTimeout(() => socket.destroy(), rejectionMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#rejections--;
    });
  }
}

/**
 * Makes nothing of the other bytes that came with a request: of a thousand requests, Node would
 * make a request and an error with a stack each, which takes a third of a second. Its parser is not
 * documented; where there is none, all goes on as before.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: unknown } | null };
  // As after an upgrade: the rest is not for the parser.
  if (parser) parser.onIncoming = () => 2;
}
