import { Deduplicator } from '../../delivery/deduplicator.ts';
import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import { type ClassicIncoming, type HeldFrame, markOf } from '../../delivery/held-frames.ts';
import type { Stream, StreamRegistry } from '../../delivery/stream-registry.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import type { StreamMark } from '../../protocol/classic/classic-field.ts';
import { type CodedError, ProtocolError } from '../../protocol/errors.ts';
import type { Frame, NumberedFrame } from '../../protocol/frame.ts';
import type { Incoming } from '../../protocol/stream-decoder.ts';
import type { Acknowledgement, BadFrame, Hello, Pong, StreamId } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { pause } from '../../system/abort.ts';
import { type ClockReading, readClocks } from '../../system/clock.ts';
import type { Wait } from '../../system/maybe-promise.ts';
import type { ProtocolAccess } from './protocol-access.ts';
import { SenderClock } from './sender-clock.ts';

export interface SessionOptions extends ProtocolAccess {
  readonly streams: StreamRegistry;
  /** What the sender is told: it is dropped when nothing comes for so long. */
  readonly idleTimeoutMs: number;
}

/** So long the name of a sender that goes on sending classic frames is waited for. */
const nameTimeoutMs = 30_000;
/** So long the sender itself, when its connection ended before it could say it: it comes again as soon as it hears that it can. */
const returnTimeoutMs = 2000;
/** Frames that are handed over at once, before others have their turn. */
const maxFramesAtOnce = 64;

/** What a session asks of its connection. */
export interface SessionLink {
  write(bytes: Uint8Array): void;
  /** Soon, and before the connection ends; a later one may take its place. */
  acknowledge(message: Acknowledgement): void;
  /** No more will be written. */
  closeWriting(): void;
  end(error: CodedError | undefined): void;
}

/** The conversation with one sender, over either wire: what each message means and what is answered. */
export class Session {
  readonly #receiver: FrameReceiver;
  readonly #deduplicator: Deduplicator;
  readonly #options: SessionOptions;
  readonly #link: SessionLink;
  readonly #clock: SenderClock;
  readonly #over = new AbortController();
  readonly #supersede = () => {
    this.#isOver = true;
    this.#link.end(undefined);
  };
  #stream: Stream | undefined;
  #hasHello = false;
  /** What is held of the stream is the part of another connection. */
  #isOver = false;
  #openedMs = 0;
  /** The name was waited for long enough, or there is no room for more. */
  #isHoldOver = false;
  /** Held ones that are being handed over. */
  #releasing: HeldFrame[] = [];
  /** Why a frame was left behind, where the sender is not told of it as long as it sends: on the classic wire without marks. */
  untold: ProtocolError | undefined;

  constructor(receiver: FrameReceiver, options: SessionOptions, link: SessionLink) {
    this.#receiver = receiver;
    this.#deduplicator = new Deduplicator(receiver, {
      acknowledge: (message) => link.acknowledge(message),
      skip: (message) => link.write(encodeMessage(message)),
    });
    this.#options = options;
    this.#link = link;
    this.#clock = new SenderClock((bytes) => link.write(bytes));
  }

  get sender(): ConnectionStats {
    return this.#receiver.connection;
  }

  /** Whether the sender has the token, where there is one. */
  get isTrusted(): boolean {
    return this.#hasHello || this.#options.token === undefined;
  }

  /** Whether the sender has shown that it reads, and was answered. */
  get hasReplied(): boolean {
    return this.#stream !== undefined;
  }

  /** Resolves when what the sinks have in hand of the stream is answered for; undefined where nothing is. */
  get inFlight(): Promise<void> | undefined {
    return this.#stream?.settled;
  }

  /** A promise keeps what comes next waiting. @throws ProtocolError */
  handle(incoming: Incoming): Wait {
    if (incoming.type === 'HELO') return this.#greet(incoming) ?? this.finish();
    if ((incoming.type === 'classic' || incoming.type === 'bad frame') && this.#hold(incoming)) return undefined;
    const waiting = this.finish();
    return waiting instanceof Promise ? waiting.then(() => this.#handle(incoming)) : this.#handle(incoming);
  }

  /**
   * The connection has ended. A sender that ended it before it was answered comes again over another, and says its name there; one that is
   * dead does not, and is not waited for long.
   */
  awaitReturn(): Wait {
    if (this.#hasHello || this.#stream === undefined || this.#stream.held.isEmpty) return undefined;
    this.#link.closeWriting();
    return pause(returnTimeoutMs, AbortSignal.any([this.#over.signal, this.#options.streams.closing]));
  }

  /** Hands over what was held back. @throws ProtocolError */
  finish(maxFrames = maxFramesAtOnce): Wait {
    if (this.#isOver || this.#stream === undefined) return undefined;
    if (!this.#stream.held.isEmpty) this.#releasing.push(...this.#stream.held.takeAll());
    if (this.#releasing.length === 0) return undefined;
    const frames = this.#releasing.splice(0, maxFrames);
    const goOn = () => this.finish();
    for (let next = frames.shift(); next !== undefined; next = frames.shift()) {
      const waiting = this.#takeClassic(next.incoming, next.received);
      if (!(waiting instanceof Promise)) continue;
      this.#releasing.unshift(...frames);
      return waiting.then(goOn);
    }
    return this.#releasing.length === 0 ? undefined : new Promise(setImmediate).then(goOn);
  }

  /** Whether it holds the frame back, as its sender has not said its name yet and is about to. @throws ProtocolError */
  #hold(incoming: ClassicIncoming): boolean {
    if (this.#hasHello || this.#isHoldOver || !this.#options.accept.includes('2')) return false;
    const mark = markOf(incoming);
    if (mark !== undefined) this.#join(mark.stream);
    if (this.#stream === undefined) return false;
    const { held } = this.#stream;
    if (mark !== undefined && mark.sequence <= held.newest) {
      // It came over an earlier connection as well.
      this.sender.duplicates++;
      return true;
    }
    const isInTime = performance.now() - this.#openedMs < nameTimeoutMs;
    this.#isHoldOver = !isInTime || !held.add({ incoming, received: readClocks() });
    return !this.#isHoldOver;
  }

  #handle(incoming: Exclude<Incoming, Hello>): Wait {
    switch (incoming.type) {
      case 'classic':
        return this.#takeClassic(incoming);
      case 'bad frame':
        // Without a mark a number is that of a message.
        if (incoming.stream === undefined && incoming.sequence !== undefined)
          return this.#refuse(incoming, incoming.sequence);
        return this.#takeClassic(incoming);
      case 'FRAM':
        this.#checkGreeted(incoming.type);
        return this.#take(incoming.frame, incoming.frame);
      case 'pong':
        this.#checkGreeted(incoming.type);
        this.#compareClocks(incoming);
        return undefined;
      default:
        throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${incoming.type} from a sender`);
    }
  }

  /** The connection is over. What is under way in the sinks still counts. @throws ProtocolError where what was held back may not be taken */
  end(): void {
    // Whoever sent them is gone without a name; they are here.
    this.#over.abort();
    try {
      // Where a sink is slow, those behind the first are not taken any more.
      void this.finish(Number.POSITIVE_INFINITY);
      this.sender.dropped += this.#isOver ? 0 : this.#releasing.length;
    } finally {
      this.#isOver = true;
      this.#receiver.close();
      this.#clock.stop();
      if (this.#stream !== undefined) this.#options.streams.leave(this.#stream, this.#supersede);
    }
  }

  #checkGreeted(type: string): void {
    if (!this.#hasHello) throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${type} before a HELO`);
  }

  #takeClassic(incoming: ClassicIncoming, received = readClocks()): Wait {
    const mark = this.#options.accept.includes('2') ? markOf(incoming) : undefined;
    if (mark !== undefined) this.#join(mark.stream);
    if (incoming.type === 'classic') return this.#take(incoming.frame, mark, received);
    return this.#refuse(incoming, mark?.sequence);
  }

  #refuse({ error }: BadFrame, sequence: number | undefined): Wait {
    const stream = this.#stream;
    if (sequence !== undefined && stream !== undefined) return this.#deduplicator.refuse({ stream, sequence }, error);
    this.untold = error;
    return this.#deduplicator.refuse(undefined, error);
  }

  /** Opens the stream, or finds that it is the one that is open. @throws ProtocolError */
  #join(id: StreamId): void {
    if (this.#stream === undefined) this.#open(id);
    else this.#checkStream(id);
  }

  /** The stream is known: time to show that we know wire 2. */
  #open(id: StreamId): void {
    this.#stream = this.#options.streams.open(id, this.#supersede);
    this.#openedMs = performance.now();
    this.sender.stream = id;
    this.sender.isAcknowledged = true;
    const { idleTimeoutMs } = this.#options;
    // Before the answer that counts them among those that are taken.
    for (const skip of this.#stream.skipped) this.#link.write(encodeMessage(skip));
    this.#link.write(encodeMessage({ type: 'WELC', keepAliveMs: idleTimeoutMs, sequence: this.#stream.acknowledged }));
  }

  #checkStream(id: StreamId): void {
    if (this.#stream?.id === id) return;
    throw new ProtocolError('BAD_MESSAGE', `Cannot take a second stream over one connection: it is ${id}`);
  }

  #greet(hello: Hello): Promise<never> | undefined {
    if (this.#hasHello) throw new ProtocolError('BAD_MESSAGE', 'Cannot take a second HELO');
    const refused = this.#options.token?.check(hello.token, { host: hostKeyOf(this.sender.address), id: hello.stream });
    if (refused !== undefined) return refused;
    this.#hasHello = true;
    this.#join(hello.stream);
    this.sender.name = hello.name;
    this.sender.delivery = hello.delivery;
    const keepAliveMs = Math.min(hello.keepAliveMs || Number.POSITIVE_INFINITY, this.#options.idleTimeoutMs);
    this.#clock.start(keepAliveMs);
    return undefined;
  }

  #compareClocks(pong: Pong): void {
    const news = this.#clock.take(pong);
    this.sender.wallOffsetUs = this.#clock.wallOffsetUs;
    if (news !== undefined) this.#receiver.notice(news);
  }

  #take(frame: Frame, said: StreamMark | NumberedFrame | undefined, received: ClockReading = readClocks()): Wait {
    const stream = this.#stream;
    if (said === undefined || stream === undefined) return this.#deduplicator.receive(frame, undefined, received);
    const { sequence } = said;
    const latency = 'capturedMonotonicUs' in said ? this.#clock.measure(said.capturedMonotonicUs, received) : undefined;
    return this.#deduplicator.receive(frame, { stream, sequence, latency }, received);
  }
}
