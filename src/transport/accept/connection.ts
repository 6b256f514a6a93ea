import type { Socket } from 'node:net';
import { CodedError } from '../../errors.ts';
import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import { formatRemote, hostKey, remoteHost } from '../../network/address.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import type { ProtocolError } from '../../protocol/errors.ts';
import type { Task } from '../../system/fair-task.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { ConnectionSenders } from './connection-senders.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { LingeringClose } from './lingering-close.ts';
import type { Protocol, Steps } from './protocol.ts';
import { ProtocolDetector } from './protocol-detector.ts';
import { ReplyWriter } from './reply-writer.ts';
import { makeSocketLink } from './socket-link.ts';

/** How long a stop waits for the rest of a frame, and how long the end waits until the sender has read the last answer. */
const graceMs = 1000;
/** How long a stop waits until the sinks, such as a disk, have finished the frames that they work on. */
const answerTimeoutMs = 5000;
/** The cost to read a byte from the kernel and to free its memory later, in milliseconds. No clock around the call can measure it. */
const byteMs = 0.2 / 65_536;

/** The receiving end of one connection: passes its bytes to its protocol, at the pace of the sinks and when it is its turn. */
export class Connection {
  readonly #socket: Socket;
  readonly #lingeringClose: LingeringClose;
  readonly #senders: ConnectionSenders;
  readonly #idleTimeout: IdleTimeout;
  readonly #replies: ReplyWriter;
  readonly #task: Task;
  #protocol: Protocol;
  /** Bytes that came wait for a sink, or for their turn. */
  #isBusy = false;
  /** Bytes that the idle time-out does not know of yet. */
  #newBytes = 0;
  /** Bytes that the scheduler does not know of yet. */
  #unpaidBytes = 0;
  /** How the socket ended; frames of its last chunk may still wait for a sink. */
  #conclusion: { readonly error: CodedError | undefined } | undefined;
  #isFinished = false;
  #isStopping = false;
  #isOver = false;
  #finish: () => void = () => undefined;
  /** Resolves when it is over and holds no frame any more, which a slow sink may take long for. */
  readonly finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(socket: Socket, options: ConnectionOptions, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#lingeringClose = options.lingeringClose;
    const host = hostKey(remoteHost(socket));
    this.#task = options.scheduler.join(host);
    const shared = { senderLimiter: options.senderLimiter.of(host), naming: options.names.of(host) };
    this.#senders = new ConnectionSenders(formatRemote(socket), { ...options, ...shared }, handler);
    this.#replies = new ReplyWriter(socket, (error) => this.#end(error));
    const link = makeSocketLink(socket, this.#replies, (error) => this.#end(error));
    this.#protocol = new ProtocolDetector(this.#senders, options, link, (protocol) => {
      this.#protocol = protocol;
    });
    this.#idleTimeout = new IdleTimeout(options, (error) => this.#end(this.#protocol.isResting ? undefined : error));
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('end', () => this.#conclude(undefined));
    socket.on('error', (error) => {
      this.#conclude(new CodedError('TORN_FRAME', `The connection broke: ${describeNetworkError(error)}`));
    });
    socket.on('close', () => this.#conclude(undefined));
  }

  /** Whether it has shown that it is a sender, and is accepted. */
  get hasHeader(): boolean {
    return this.#protocol.isSender;
  }

  /** Ends after the current frame; drops it if the rest does not come within a second. */
  stop(): void {
    this.#isStopping = true;
    if (this.#isBusy) return;
    if (!this.#protocol.isWithinFrame) this.#endAnswered();
    else setTimeout(() => this.#endAnswered(), graceMs).unref();
  }

  /** Ends it now, with the reason, if its sender is meant; one that others interrupted leaves. */
  reject(error: ProtocolError, isMeant: (connection: ConnectionStats) => boolean): void {
    this.#senders.dismiss(isMeant);
    if (isMeant(this.#senders.current.connection)) this.#end(error);
  }

  /** Ends it for a better one, which gets its place now. */
  drop(error: ProtocolError): void {
    this.#end(error);
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#newBytes += chunk.length;
    this.#unpaidBytes += chunk.length;
    this.#run(this.#protocol.receive(chunk));
  }

  /** Goes on with what one chunk brought when it is its turn, waiting where the protocol wants it. */
  #run(steps: Steps): void {
    if (!this.#task.begin(() => this.#goOn(steps))) {
      this.#pause();
      return;
    }
    try {
      this.#work(steps);
    } catch (error) {
      this.#fail(error);
    }
    this.#task.end(this.#unpaidBytes * byteMs);
    this.#unpaidBytes = 0;
    if (this.#isOver || this.#isBusy) return;
    this.#idleTimeout.count(this.#newBytes, this.#protocol.hasStarted);
    this.#newBytes = 0;
  }

  #work(steps: Steps): void {
    while (!this.#isOver) {
      const { done, value: step } = steps.next();
      if (done === true) return;
      if (step !== 'part') this.#idleTimeout.refresh();
      if (step instanceof Promise) {
        this.#wait(step, steps);
        return;
      }
      if (this.#isStopping) {
        this.#endAnswered();
        return;
      }
      // The rest of the chunk is for the next turn.
      if (this.#task.isOver && !this.#isOver) {
        this.#task.end();
        this.#run(steps);
        return;
      }
    }
  }

  #pause(): void {
    this.#isBusy = true;
    this.#socket.pause();
  }

  #wait(waiting: Promise<unknown>, steps: Steps): void {
    this.#pause();
    this.#idleTimeout.stop();
    waiting.then(
      () => {
        if (!this.#isOver) this.#idleTimeout.resume();
        this.#goOn(steps);
      },
      (error) => {
        this.#isBusy = false;
        if (this.#isOver) this.#finish();
        else this.#fail(error);
      },
    );
  }

  #goOn(steps: Steps): void {
    this.#isBusy = false;
    if (this.#isOver) {
      this.#finish();
      return;
    }
    if (this.#isStopping) {
      this.#endAnswered();
      return;
    }
    this.#run(steps);
    if (this.#isBusy || this.#isOver) return;
    if (this.#conclusion === undefined) this.#socket.resume();
    else this.#settle(this.#conclusion.error);
  }

  #fail(error: unknown): void {
    this.#end(asCoded(error));
  }

  /** No more bytes will come. Frames that came whole are delivered first. */
  #conclude(error: CodedError | undefined): void {
    if (this.#isOver) return;
    this.#conclusion ??= { error };
    if (!this.#isBusy) this.#settle(this.#conclusion.error);
  }

  #settle(error: CodedError | undefined): void {
    if (!this.#isFinished) {
      this.#isFinished = true;
      this.#run(this.#protocol.finish(error));
      if (this.#isBusy) return;
    }
    this.#end(this.#protocol.isResting ? undefined : error);
  }

  /** Ends when the frames that the sinks work on are acknowledged: without the answer a sender sends them again, or counts them as lost. */
  #endAnswered(): void {
    const { inFlight } = this.#protocol;
    if (this.#isOver || inFlight === undefined) {
      this.#end(undefined);
      return;
    }
    this.#pause();
    this.#idleTimeout.stop();
    const end = () => {
      clearTimeout(timer);
      this.#isBusy = false;
      if (this.#isOver) this.#finish();
      else this.#end(undefined);
    };
    const timer = setTimeout(end, answerTimeoutMs);
    void inFlight.then(end);
  }

  #end(error: CodedError | undefined): void {
    this.#replies.flush();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#idleTimeout.stop();
    // Bytes that waited for their turn are dropped; a frame that a sink works on is not.
    if (this.#task.leave()) this.#isBusy = false;
    const bytes = this.#protocol.closingBytes(error);
    const state = this.#replies.stop();
    const held = this.#endProtocol();
    if (state === 'unread' || (state === 'silent' && bytes === undefined) || !this.#socket.writable) {
      this.#socket.destroy();
    } else this.#lingeringClose.close(this.#socket, bytes, graceMs);
    this.#senders.leave(error ?? held);
    if (!this.#isBusy) this.#finish();
  }

  /** Why frames that it held are not accepted. */
  #endProtocol(): CodedError | undefined {
    try {
      this.#protocol.end();
      return undefined;
    } catch (error) {
      return asCoded(error);
    }
  }
}

function asCoded(error: unknown): CodedError {
  return error instanceof CodedError ? error : new CodedError('FAULT', `Cannot accept a frame: ${String(error)}`);
}
