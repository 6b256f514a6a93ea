import { connect, type NatsConnection, type Status } from '@nats-io/transport-node';
import { type Conclusion, RetryPolicy } from '../delivery/retry-policy.ts';
import { CodedError } from '../errors.ts';
import { onAbort, pause } from '../system/abort.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { checkTls, makeConnectOptions, type NatsAccess, pingIntervalMs } from './connect-options.ts';
import { awaitGreeting } from './greeting.ts';
import { describeNatsError, isAbsence, isRejection, toConnectError } from './nats-error.ts';
import { ServerErrors } from './server-errors.ts';

export interface NatsOptions extends NatsAccess {
  /** Failed connects in a row that end it; 0: never. */
  readonly retries: number;
}

/** For what to do with a connection: resolves when it is set up or over; `over` aborts when the connection is gone. */
export type NatsWork = (connection: NatsConnection, over: AbortSignal) => Promise<void>;

/** How long a server may take for what was sent at the end. */
const flushMs = 1000;
/** The most servers of a cluster that are learned from other servers. */
const maxLearnt = 32;
const maxLearntAtOnce = 3;
/** After a connection that had worked; by chance up to so much, so that not all come back in step. */
const pauseMs = 500;

/** Keeps a connection to one of a cluster of NATS servers, and makes another whenever it goes. */
export class Nats {
  readonly #options: NatsOptions;
  readonly #log: LimitedLog;
  readonly #retryPolicy: RetryPolicy;
  readonly #learnt = new Set<string>();
  readonly #words: ServerErrors;
  #connection: NatsConnection | undefined;
  /** Why it ends, where it was ended here or the server said it. */
  #complaint: string | undefined;
  /** Connections made. */
  connects = 0;

  constructor(options: NatsOptions, log: Log) {
    this.#options = options;
    this.#log = new LimitedLog(log);
    this.#words = new ServerErrors(this.#log);
    this.#retryPolicy = new RetryPolicy({ retries: options.retries, conclude: concludeNats }, this.#log);
  }

  /** Undefined while there is none. */
  get connection(): NatsConnection | undefined {
    return this.#connection;
  }

  /**
   * Connects, has `work` done with each connection, and connects again until `stop`; what was sent before that, or by whoever listens to
   * it as well, still goes out. Work that fails is like a failed connect.
   * @throws CodedError CONNECT_FAILED, REJECTED, UNTRUSTED, or what `work` throws, after `retries` failures in a row
   */
  async run(work: NatsWork, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        const lost = await this.use(work, stop);
        if (stop.aborted) break;
        await this.#retryPolicy.waitAfterBreak(lost, pauseMs * Math.random(), stop);
      } catch (error) {
        if (stop.aborted) break;
        await this.#retryPolicy.waitAfterFailure(error as CodedError, stop);
      }
    }
  }

  /**
   * Connects once, and has `work` done with the connection. Resolves when that is gone, with why, which is also the reason of its `over`.
   * @throws CodedError CONNECT_FAILED, REJECTED, UNTRUSTED, or what `work` throws
   */
  async use(work: NatsWork, stop: AbortSignal): Promise<CodedError> {
    try {
      return await this.#work(await this.#connect(stop), work, stop);
    } catch (error) {
      throw toConnectError(error, this.#options.address.servers.join(','));
    }
  }

  /** Ends the present connection, which is of no more use, for that reason; `run` makes another. */
  abandon(reason: string): void {
    this.#complaint = reason;
    void this.#connection?.close();
  }

  /** Why the connection ended. @throws what `work` throws */
  async #work(connection: NatsConnection, work: NatsWork, stop: AbortSignal): Promise<CodedError> {
    const over = new AbortController();
    const closed = connection.closed().then((error) => {
      this.#connection = undefined;
      const lost = this.#explainEnd(connection, error);
      over.abort(lost);
      return lost;
    });
    const stopWatching = onAbort(stop, () => void this.#end(connection));
    this.#connection = connection;
    this.#complaint = undefined;
    void this.#follow(connection);
    try {
      await work(connection, over.signal);
      this.connects++;
      return await closed;
    } finally {
      stopWatching();
      await connection.close();
      await closed;
    }
  }

  #explainEnd(connection: NatsConnection, error: unknown): CodedError {
    const found = error instanceof Error ? describeNatsError(error) : 'the other end closed it';
    const reason = this.#complaint ?? found;
    return new CodedError('SEND_FAILED', `The connection to ${connection.getServer()} broke: ${reason}`);
  }

  /** Messages that were sent go out first, if the server reads them. */
  async #end(connection: NatsConnection): Promise<void> {
    // Other listeners of the signal have not run yet.
    await Promise.resolve();
    const flushed = new AbortController();
    connection
      .flush()
      .catch(() => undefined)
      .finally(() => flushed.abort());
    await pause(flushMs, flushed.signal);
    await connection.close();
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) if (this.#connection === connection) this.#setDemand(status);
  }

  #setDemand(status: Status): void {
    // The library itself waits with it until all is sent, which a frozen server does not take; and so it also ends what it is no longer
    // let in with.
    const silence = `it did not answer for ${(2 * pingIntervalMs) / 1000} s`;
    if (status.type === 'staleConnection') this.abandon(this.#complaint ?? silence);
    if (status.type !== 'error') return;
    const { error } = status;
    if (isRejection(error)) this.#complaint = `the NATS server says: ${error.message}`;
    else this.#words.tell(error);
  }

  /** To any of the servers. @throws CodedError, or what the library throws, of the last of them */
  async #connect(stop: AbortSignal): Promise<NatsConnection> {
    const { connectTimeoutMs, address } = this.#options;
    const { servers } = address;
    const first = Math.floor(Math.random() * servers.length);
    // Some of the learned servers may never be reachable: only a few of them are tried between two tries of the given ones.
    const learnt = [...this.#learnt].slice(0, maxLearntAtOnce);
    const all = new Set([...servers.slice(first), ...servers.slice(0, first), ...learnt]);
    let failure: unknown;
    for (const server of all) {
      if (stop.aborted) break;
      try {
        const greeting = await awaitGreeting(server, connectTimeoutMs, stop);
        checkTls(this.#options, server, greeting);
        const connection = await connect(makeConnectOptions(this.#options, server, greeting));
        this.#learn(connection);
        return connection;
      } catch (error) {
        this.#learnt.delete(server);
        failure = toConnectError(error, server);
      }
    }
    throw failure ?? new CodedError('CONNECT_FAILED', 'stopped');
  }

  #learn({ info }: NatsConnection): void {
    for (const server of info?.connect_urls ?? []) if (this.#learnt.size < maxLearnt) this.#learnt.add(server);
  }
}

/** How a program ends that has given up on a NATS server. */
export function concludeNats(error: CodedError): Conclusion {
  const advice = isAbsence(error) ? 'Is nats-server running there?' : '';
  return { code: error.code, advice };
}
