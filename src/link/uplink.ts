import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CodedError } from '../protocol/errors.ts';
import { onAbort } from '../system/abort.ts';
import { formatAddress } from './address.ts';
import { describeNetworkError } from './network-reason.ts';

export interface UplinkOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Longest time without the other end taking bytes. */
  readonly sendTimeoutMs: number;
}

/** What is left of the send time-out once the program is told to stop. */
const graceMs = 5000;

/** One connection to a receiver. Sends whole messages one after another; after a failure it is of no further use. */
export class Uplink {
  readonly #socket: Socket;
  readonly #options: UplinkOptions;
  #failure: CodedError | undefined;
  #isEnding = false;

  private constructor(socket: Socket, options: UplinkOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('error', (error) => this.#fail(describeNetworkError(error)));
    socket.on('close', () => {
      if (!this.#isEnding) this.#fail('the other end closed it');
    });
    socket.on('timeout', () => this.#fail(`it took nothing for ${(socket.timeout ?? 0) / 1000} s`));
    // A classic receiver never writes. Reading is how its end is seen, and how another service gives itself away.
    socket.on('data', () => this.#fail('it speaks another protocol, so it is no image-receiver'));
  }

  /** @throws CodedError CONNECT_FAILED, also when `signal` aborts */
  static async open(options: UplinkOptions, signal: AbortSignal): Promise<Uplink> {
    const { host, port, connectTimeoutMs } = options;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${connectTimeoutMs / 1000} s`));
    }, connectTimeoutMs);
    const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw new CodedError(
        'CONNECT_FAILED',
        `Cannot connect to ${formatAddress(host, port)}: ${describeNetworkError(error)}`,
      );
    } finally {
      clearTimeout(timer);
      stopWatching();
    }
    return new Uplink(socket, options);
  }

  /** Why nothing more can be sent, undefined while all is well. */
  get failure(): CodedError | undefined {
    return this.#failure;
  }

  /** Resolves when the kernel has taken all of `bytes`, so that at most one message waits in this process. @throws CodedError SEND_FAILED */
  async send(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#socket.setTimeout(this.#options.sendTimeoutMs);
    let grace: NodeJS.Timeout | undefined;
    const stopWatching = onAbort(signal, () => {
      grace = setTimeout(() => this.#fail(`it did not take the frame in hand within ${graceMs / 1000} s`), graceMs);
    });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(bytes, (error) => {
          if (error == null) resolve();
          else reject(this.#fail(describeNetworkError(error)));
        });
      });
    } finally {
      stopWatching();
      clearTimeout(grace);
      this.#socket.setTimeout(0);
    }
  }

  /**
   * Ends the connection after all that was sent; waits for the other end to have read it, 5 s at most.
   * @throws CodedError SEND_FAILED when it has not
   */
  async end(): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#isEnding = true;
    const timer = setTimeout(() => this.#fail(`the last frames were not taken within ${graceMs / 1000} s`), graceMs);
    this.#socket.end();
    if (!this.#socket.closed) await once(this.#socket, 'close').catch(() => undefined);
    clearTimeout(timer);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(reason: string): CodedError {
    this.#failure ??= new CodedError(
      'SEND_FAILED',
      `The connection to ${formatAddress(this.#options.host, this.#options.port)} broke: ${reason}`,
    );
    this.#socket.destroy();
    return this.#failure;
  }
}
