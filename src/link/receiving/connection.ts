import type { Socket } from 'node:net';
import { CodedError, ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { encodeMessage } from '../../protocol/message-encoder.ts';
import { type Incoming, StreamDecoder } from '../../protocol/stream-decoder.ts';
import { formatAddress } from '../address.ts';
import { describeNetworkError } from '../network-reason.ts';
import { type IdleLimits, IdleWatch } from './idle-watch.ts';
import type { Sender } from './received-frame.ts';
import { Session, type SessionHandler, type SessionOptions } from './session.ts';

export interface ConnectionOptions extends FrameLimits, IdleLimits, SessionOptions {}

export interface ConnectionHandler extends SessionHandler {
  /** The connection is gone; `error` unless it ended between two frames. */
  leave(sender: Sender, error: CodedError | undefined): void;
}

/** How long a stop waits for the rest of a frame, and an end for the sender to read the last answer. */
const graceMs = 1000;
/** Answers that wait for a sender to read them: as many as half a minute of frames brings. */
const mostUnreadBytes = 64 * 1024;

/** The receiving end of one connection: bytes to messages to the session, and its answers back. */
export class Connection {
  readonly #socket: Socket;
  readonly #handler: ConnectionHandler;
  readonly #decoder: StreamDecoder;
  readonly #session: Session;
  readonly #watch: IdleWatch;
  /** A classic sender never reads: nothing may be written before it has shown that it does. */
  #hasWritten = false;
  #isBusy = false;
  /** How the socket ended while frames of its last chunk still waited for the handler. */
  #conclusion: { readonly error: CodedError | undefined } | undefined;
  #isStopping = false;
  #isOver = false;
  #finish: () => void = () => undefined;
  /** Resolves when it is over and holds no frame any more, which a slow sink may take long for. */
  readonly finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(socket: Socket, options: ConnectionOptions, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#handler = handler;
    this.#decoder = new StreamDecoder(options);
    const address = formatAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
    this.#session = new Session(address, options, handler, {
      write: (bytes) => this.#write(bytes),
      end: (error) => this.#end(error),
    });
    this.#watch = new IdleWatch(options, (error) => this.#end(error));
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('end', () => this.#conclude(undefined));
    socket.on('error', (error) => {
      this.#conclude(new CodedError('TORN_FRAME', `The connection broke: ${describeNetworkError(error)}`));
    });
    socket.on('close', () => this.#conclude(undefined));
  }

  get sender(): Sender {
    return this.#session.sender;
  }

  /** Whether it has begun to speak one of the wires, and is let in. */
  get hasHeader(): boolean {
    return this.#decoder.hasHeader && this.#session.isTrusted;
  }

  /** Ends after the frame in hand; drops it if the rest does not come within a second. */
  stop(): void {
    this.#isStopping = true;
    if (this.#isBusy) return;
    if (!this.#decoder.isWithinFrame) this.#end(undefined);
    else setTimeout(() => this.#end(undefined), graceMs).unref();
  }

  /** Ends it for a better one, which gets its place now. */
  drop(error: ProtocolError): void {
    this.#end(error);
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#handOver(this.#decoder.decode(chunk));
    if (!this.#isOver && !this.#isBusy) this.#watch.count(chunk.length, this.#decoder.hasHeader);
  }

  /** Hands what one chunk holds to the session, waiting where the session wants it. */
  #handOver(incoming: Generator<Incoming, void, undefined>): void {
    try {
      while (!this.#isOver) {
        const next = incoming.next();
        if (this.#decoder.hasHeader && !this.#decoder.isUpgraded) this.#session.refuseClassic();
        if (next.done === true) return;
        this.#watch.refresh();
        const taken = this.#session.handle(next.value);
        if (this.#isStopping && taken === undefined) this.#end(undefined);
        if (taken === undefined) continue;
        this.#wait(taken, incoming);
        return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(taken: Promise<void>, incoming: Generator<Incoming, void, undefined>): void {
    this.#isBusy = true;
    this.#socket.pause();
    this.#watch.stop();
    taken.then(
      () => this.#goOn(incoming),
      (error) => {
        this.#isBusy = false;
        if (this.#isOver) this.#finish();
        else this.#fail(error);
      },
    );
  }

  #goOn(incoming: Generator<Incoming, void, undefined>): void {
    this.#isBusy = false;
    if (this.#isOver) {
      this.#finish();
      return;
    }
    if (this.#isStopping) {
      this.#end(undefined);
      return;
    }
    this.#watch.resume();
    this.#handOver(incoming);
    if (this.#isBusy || this.#isOver) return;
    if (this.#conclusion === undefined) this.#socket.resume();
    else this.#conclude(this.#conclusion.error);
  }

  #fail(error: unknown): void {
    this.#end(error instanceof CodedError ? error : new CodedError('FAULT', `Cannot take a frame: ${String(error)}`));
  }

  #write(bytes: Uint8Array): void {
    if (this.#isOver || !this.#socket.writable) return;
    this.#hasWritten = true;
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= mostUnreadBytes) return;
    const message = `Cannot answer a sender as it must read: ${this.#socket.writableLength} bytes wait for it`;
    this.#end(new ProtocolError('NOT_READING', message));
  }

  /** No more bytes will come. What came whole is handed over first. */
  #conclude(error: CodedError | undefined): void {
    if (this.#isOver) return;
    if (this.#isBusy) {
      this.#conclusion ??= { error };
      return;
    }
    try {
      if (error === undefined) this.#decoder.finish();
      this.#end(error);
    } catch (torn) {
      this.#end(torn as CodedError);
    }
  }

  #end(error: CodedError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.stop();
    this.#session.end();
    this.#bidFarewell(error);
    this.#handler.leave(this.sender, error);
    if (!this.#isBusy) this.#finish();
  }

  /** Says why to those who read; a connection that is closed with bytes unread would take the last answers with it. */
  #bidFarewell(error: CodedError | undefined): void {
    const isReading = this.#decoder.isUpgraded || this.#hasWritten || error?.code === 'TOKEN_MISSING';
    const isTold = error instanceof ProtocolError && isReading;
    if ((!isTold && !this.#hasWritten) || !this.#socket.writable || error?.code === 'NOT_READING') {
      this.#socket.destroy();
      return;
    }
    if (isTold) this.#socket.write(encodeMessage({ type: 'FAIL', code: error.code, reason: error.message }));
    this.#socket.end();
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), graceMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}
