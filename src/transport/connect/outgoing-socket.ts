import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CodedError } from '../../errors.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import { onAbort } from '../../system/abort.ts';

/** The most that is left of the send time-out once the program stops. */
const graceMs = 5000;

export interface OutgoingSocketHandler {
  data(chunk: Uint8Array): void;
  failed(error: CodedError): void;
}

/** A connected socket whose writes have a time-out and which fails once, for one reason. */
export class OutgoingSocket {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #handler: OutgoingSocketHandler;
  #failure: CodedError | undefined;
  #isEnding = false;
  #awaitsAnswer = false;
  /** It ended as the other end took nothing, or did not close it in turn. */
  isTimedOut = false;

  /** @param address the receiver's, for messages */
  constructor(socket: Socket, address: string, handler: OutgoingSocketHandler) {
    this.#socket = socket;
    this.#address = address;
    this.#handler = handler;
    socket.on('error', (error) => this.fail(describeNetworkError(error)));
    // No receiver is the first to end a good connection. One that does so has not accepted all frames.
    for (const event of ['end', 'close'] as const) {
      socket.on(event, () => {
        if (!this.#isEnding) this.fail('the other end closed it');
      });
    }
    socket.on('timeout', () => {
      this.isTimedOut = true;
      this.fail(`it read nothing for ${(socket.timeout ?? 0) / 1000} s (--send-timeout)`);
    });
    socket.on('data', (chunk: Uint8Array) => {
      this.#awaitsAnswer = false;
      handler.data(chunk);
    });
  }

  /** Why nothing more can be sent, undefined while all is well. */
  get failure(): CodedError | undefined {
    return this.#failure;
  }

  /**
   * Resolves when the kernel has accepted all parts, so that at most one frame waits in this process;
   * undefined where it has at once, as it mostly does.
   * @param timeoutMs longest time without the other end taking bytes
   * @throws CodedError SEND_FAILED
   */
  write(parts: readonly Uint8Array[], timeoutMs: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const socket = this.#socket;
    if (this.#awaitsAnswer) this.#gather();
    let settle: (error?: Error | null) => void = () => undefined;
    // One system call for a header and its picture, without copying either.
    socket.cork();
    for (const part of parts) socket.write(part, part === parts.at(-1) ? (error) => settle(error) : undefined);
    socket.uncork();
    if (socket.writableLength === 0 && !socket.destroyed && socket.errored === null) return undefined;
    const taken = new Promise<void>((resolve, reject) => {
      settle = (error) => (error == null ? resolve() : reject(error));
    });
    return this.#awaitTaken(taken, timeoutMs, signal);
  }

  /** @throws CodedError SEND_FAILED */
  async #awaitTaken(taken: Promise<void>, timeoutMs: number, signal: AbortSignal): Promise<void> {
    this.#socket.setTimeout(timeoutMs);
    let grace: NodeJS.Timeout | undefined;
    const stopWatching = onAbort(signal, () => {
      grace = setTimeout(() => this.fail(`it did not read the rest of the frame within ${graceMs / 1000} s`), graceMs);
    });
    try {
      await taken;
    } catch (error) {
      throw this.fail(describeNetworkError(error));
    } finally {
      stopWatching();
      clearTimeout(grace);
      this.#socket.setTimeout(0);
    }
  }

  /**
   * Until the other end has answered, each write comes after a look for the answer. A write that
   * fails drops bytes that the other end sent before it closed, such as that it takes TLS only.
   */
  awaitAnswer(): void {
    this.#awaitsAnswer = true;
    this.#gather();
  }

  /** All that is written now goes out together, after a look at what has come. */
  #gather(): void {
    this.#socket.cork();
    setImmediate(() => this.#socket.uncork());
  }

  /** Writes a short message behind the bytes in flight, without waiting. */
  post(bytes: Uint8Array, onTaken?: () => void): void {
    if (this.#failure === undefined && !this.#isEnding) this.#socket.write(bytes, onTaken);
  }

  /**
   * Ends the connection after all that was sent; waits for the other end to read it and to close it
   * in turn.
   * @param timeoutMs longest wait; 5 s of it at most are left once `signal` aborts
   * @throws CodedError SEND_FAILED when it has not, REJECTED; also when that came before, as between
   * the last frame and this
   */
  async end(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#isEnding = true;
    const expire = (ms: number) =>
      setTimeout(() => {
        this.isTimedOut = true;
        this.fail(`it did not read to the end and close it within ${ms / 1000} s`);
      }, ms);
    const timer = expire(timeoutMs);
    let grace: NodeJS.Timeout | undefined;
    const stopWatching = onAbort(signal, () => {
      grace = expire(graceMs);
    });
    this.#socket.end();
    if (!this.#socket.closed) await once(this.#socket, 'close').catch(() => undefined);
    stopWatching();
    clearTimeout(timer);
    clearTimeout(grace);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Ends it now. Returns the first reason there was.
   * @param reason why the connection broke, or the whole error
   */
  fail(reason: string | CodedError): CodedError {
    if (this.#failure === undefined) {
      this.#failure =
        typeof reason === 'string'
          ? new CodedError('SEND_FAILED', `The connection to ${this.#address} broke: ${reason}`)
          : reason;
      this.#socket.destroy();
      this.#handler.failed(this.#failure);
    }
    return this.#failure;
  }
}
