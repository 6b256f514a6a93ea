import type { Socket } from 'node:net';
import { ClassicDecoder } from '../protocol/classic-decoder.ts';
import { CodedError } from '../protocol/errors.ts';
import type { Frame, FrameLimits } from '../protocol/frame.ts';
import { readWallClockUs } from '../system/clock.ts';
import { formatAddress } from './address.ts';
import { type IdleLimits, IdleWatch } from './idle-watch.ts';
import { describeNetworkError } from './network-reason.ts';
import { latenessUs, type ReceivedFrame, type Sender } from './received-frame.ts';

export interface ConnectionLimits extends FrameLimits, IdleLimits {}

export interface ConnectionHandler {
  /** The first frame is here. */
  arrive(sender: Sender): void;
  /** A frame; a promise keeps the next one of this sender waiting until it resolves. Must not throw. */
  take(frame: ReceivedFrame): void | Promise<void>;
  /** The connection is gone; `error` unless it ended between two frames. */
  leave(sender: Sender, error: CodedError | undefined): void;
}

/** How long a stop waits for the rest of a frame. */
const graceMs = 1000;

/** The receiving end of one connection: bytes to frames to the handler. Never writes: a classic sender does not read. */
export class Connection {
  readonly sender: Sender;
  readonly #socket: Socket;
  readonly #handler: ConnectionHandler;
  readonly #decoder: ClassicDecoder;
  readonly #watch: IdleWatch;
  #isBusy = false;
  /** How the socket ended while frames of its last chunk still waited for the handler. */
  #conclusion: { readonly error: CodedError | undefined } | undefined;
  #isStopping = false;
  #isOver = false;

  constructor(socket: Socket, limits: ConnectionLimits, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#handler = handler;
    this.#decoder = new ClassicDecoder(limits);
    const label = formatAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
    this.sender = { label, frames: 0, bytes: 0, latenessUs: 0 };
    this.#watch = new IdleWatch(limits, (error) => this.#end(error));
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('end', () => this.#conclude(undefined));
    socket.on('error', (error) => {
      this.#conclude(new CodedError('TORN_FRAME', `The connection broke: ${describeNetworkError(error)}`));
    });
    socket.on('close', () => this.#conclude(undefined));
  }

  /** Ends after the frame in hand; drops it if the rest does not come within a second. */
  stop(): void {
    this.#isStopping = true;
    if (this.#isBusy) return;
    if (!this.#decoder.isWithinFrame) this.#end(undefined);
    else setTimeout(() => this.#end(undefined), graceMs).unref();
  }

  #read(chunk: Uint8Array): void {
    this.#handOver(this.#decoder.decode(chunk));
    if (!this.#isOver && !this.#isBusy) this.#watch.count(chunk.length, this.#decoder.hasHeader);
  }

  /** Hands the frames of one chunk to the handler, waiting where the handler wants it. */
  #handOver(frames: Generator<Frame, void, undefined>): void {
    try {
      while (!this.#isOver) {
        const next = frames.next();
        if (next.done === true) return;
        const taken = this.#take(next.value);
        if (this.#isStopping && taken === undefined) this.#end(undefined);
        if (taken === undefined) continue;
        this.#wait(taken, frames);
        return;
      }
    } catch (error) {
      this.#end(error instanceof CodedError ? error : new CodedError('FAULT', `Cannot take a frame: ${String(error)}`));
    }
  }

  #wait(taken: Promise<void>, frames: Generator<Frame, void, undefined>): void {
    this.#isBusy = true;
    this.#socket.pause();
    this.#watch.stop();
    taken.finally(() => {
      this.#isBusy = false;
      if (this.#isOver) return;
      if (this.#isStopping) {
        this.#end(undefined);
        return;
      }
      this.#watch.resume();
      this.#handOver(frames);
      if (this.#isBusy || this.#isOver) return;
      if (this.#conclusion === undefined) this.#socket.resume();
      else this.#conclude(this.#conclusion.error);
    });
  }

  #take(frame: Frame): void | Promise<void> {
    this.#watch.refresh();
    const { sender } = this;
    const receivedAtUs = readWallClockUs();
    sender.frames++;
    sender.bytes += frame.jpeg.length;
    const received: ReceivedFrame = { ...frame, sender, number: sender.frames, receivedAtUs };
    sender.latenessUs = latenessUs(received);
    if (sender.frames === 1) this.#handler.arrive(sender);
    return this.#handler.take(received);
  }

  /** No more bytes will come. What came whole is handed over first. */
  #conclude(error: CodedError | undefined): void {
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
    this.#socket.destroy();
    this.#handler.leave(this.sender, error);
  }
}
