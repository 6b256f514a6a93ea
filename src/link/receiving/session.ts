import type { ClassicFrame } from '../../protocol/classic-decoder.ts';
import type { StreamMark } from '../../protocol/classic-field.ts';
import { type CodedError, ProtocolError } from '../../protocol/errors.ts';
import type { Frame, NumberedFrame } from '../../protocol/frame.ts';
import type { Hello, Pong, StreamId } from '../../protocol/message.ts';
import { encodeMessage } from '../../protocol/message-encoder.ts';
import type { Incoming } from '../../protocol/stream-decoder.ts';
import { readMonotonicUs, readWallClockUs } from '../../system/clock.ts';
import { ClockWatch, type LocalTime } from './clock-watch.ts';
import { LatenessStatistics } from './lateness.ts';
import { Pinger } from './pinger.ts';
import { type Lateness, type ReceivedFrame, type Sender, transitUs } from './received-frame.ts';
import type { Stream, StreamRegistry } from './stream-registry.ts';
import type { TokenCheck } from './token.ts';

export interface SessionHandler {
  /** The first frame is here. */
  arrive(sender: Sender): void;
  /** Something about it that a person should know, in a few words. */
  notice(sender: Sender, what: string): void;
  /** A frame; a promise keeps the next one of this sender waiting. False: not taken, and neither is what follows. Must not throw. */
  take(frame: ReceivedFrame): boolean | Promise<boolean>;
}

export interface SessionOptions {
  /** Undefined: everyone is let in, and the classic wire is spoken. */
  readonly token: TokenCheck | undefined;
  readonly streams: StreamRegistry;
  /** What the sender is told: it is dropped when nothing comes for so long. */
  readonly idleTimeoutMs: number;
}

/** What a session asks of its connection. */
export interface SessionLink {
  write(bytes: Uint8Array): void;
  end(error: CodedError | undefined): void;
}

/** The conversation with one sender, over either wire: what each message means and what is answered. */
export class Session {
  readonly sender: Sender;
  readonly #options: SessionOptions;
  readonly #handler: SessionHandler;
  readonly #link: SessionLink;
  readonly #clocks = new ClockWatch();
  readonly #supersede = () => this.#link.end(undefined);
  #pinger: Pinger | undefined;
  /** Of the newest ping, until its pong comes. */
  #pingSentUs: number | undefined;
  #stream: Stream | undefined;
  #hasHello = false;
  /** It is over, or a frame was not taken: none after that may be, or its acknowledgement would stand for both. */
  #isDeaf = false;

  constructor(address: string, options: SessionOptions, handler: SessionHandler, link: SessionLink) {
    const lateness = new LatenessStatistics();
    const counts = { frames: 0, bytes: 0, dropped: 0, duplicates: 0 };
    const unknown = { name: undefined, stream: undefined, delivery: undefined, wallOffsetUs: undefined };
    this.sender = { address, ...unknown, ...counts, lateness };
    this.#options = options;
    this.#handler = handler;
    this.#link = link;
  }

  /** Whether the sender has the token, where there is one. */
  get isTrusted(): boolean {
    return this.#hasHello || this.#options.token === undefined;
  }

  /** A promise keeps what comes next waiting. @throws ProtocolError */
  handle(incoming: Incoming): void | Promise<void> {
    switch (incoming.type) {
      case 'classic':
        return this.#takeClassic(incoming.frame);
      case 'HELO':
        return this.#greet(incoming);
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

  /** Bytes of the classic wire have come. @throws ProtocolError TOKEN_MISSING */
  refuseClassic(): void {
    if (this.#options.token === undefined) return;
    throw new ProtocolError(
      'TOKEN_MISSING',
      'Cannot take a sender without a token (--token-file), for which the classic wire has no place',
    );
  }

  /** The connection is over. What is under way in the sinks still counts. */
  end(): void {
    this.#isDeaf = true;
    this.#pinger?.stop();
    if (this.#stream !== undefined) this.#options.streams.leave(this.#stream, this.#supersede);
  }

  #checkGreeted(type: string): void {
    if (!this.#hasHello) throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${type} before a HELO`);
  }

  #takeClassic(frame: ClassicFrame): void | Promise<void> {
    const { mark } = frame;
    if (mark === undefined) return this.#take(frame, undefined);
    if (this.#stream === undefined) this.#open(mark.stream);
    else this.#checkStream(mark.stream);
    return this.#take(frame, mark);
  }

  /** The stream is known: time to show that we know wire 2. */
  #open(id: StreamId): void {
    this.#stream = this.#options.streams.open(id, this.#supersede);
    this.sender.stream = id;
    const { idleTimeoutMs } = this.#options;
    this.#link.write(encodeMessage({ type: 'WELC', keepAliveMs: idleTimeoutMs, sequence: this.#stream.taken }));
  }

  #checkStream(id: StreamId): void {
    if (this.#stream?.id === id) return;
    throw new ProtocolError('BAD_MESSAGE', `Cannot take a second stream over one connection: it is ${id}`);
  }

  #greet(hello: Hello): void | Promise<void> {
    if (this.#hasHello) throw new ProtocolError('BAD_MESSAGE', 'Cannot take a second HELO');
    const refused = this.#options.token?.check(hello.token);
    if (refused !== undefined) return refused;
    this.#hasHello = true;
    if (this.#stream === undefined) this.#open(hello.stream);
    else this.#checkStream(hello.stream);
    this.sender.name = hello.name;
    this.sender.delivery = hello.delivery;
    const keepAliveMs = Math.min(hello.keepAliveMs || Number.POSITIVE_INFINITY, this.#options.idleTimeoutMs);
    this.#pinger = new Pinger(keepAliveMs, () => {
      this.#pingSentUs = readMonotonicUs();
      this.#link.write(encodeMessage({ type: 'ping', sentUs: this.#pingSentUs }));
    });
    this.#pinger.start();
    return undefined;
  }

  #compareClocks(pong: Pong): void {
    // One answer for each ping: whoever makes up others gets no say, and no work done.
    if (pong.sentUs !== this.#pingSentUs) return;
    this.#pingSentUs = undefined;
    const news = this.#clocks.take(pong, readLocalTime());
    this.sender.wallOffsetUs = this.#clocks.wallOffsetUs;
    if (news !== undefined) this.#handler.notice(this.sender, news);
  }

  #take(
    frame: Frame,
    place: StreamMark | NumberedFrame | undefined,
    received: LocalTime = readLocalTime(),
  ): void | Promise<void> {
    if (this.#isDeaf) return undefined;
    const stream = this.#stream;
    if (place === undefined || stream === undefined) {
      const number = this.sender.frames + 1;
      return asWait(this.#handOver(frame, { stream: undefined, number, lateness: undefined }, received));
    }
    const { sequence } = place;
    // Of an earlier connection, mostly: one at a time, in their order.
    if (stream.taking !== undefined) return stream.taking.then(() => this.#take(frame, place, received));
    if (sequence <= stream.handedOver) return this.#takeDuplicate(stream);
    // The gap before a stream's first frame here may be of another receiver's time.
    if (stream.handedOver > 0) this.sender.dropped += sequence - stream.handedOver - 1;
    const before = stream.handedOver;
    stream.handedOver = sequence;
    const lateness = 'capturedMonotonicUs' in place ? this.#measure(place.capturedMonotonicUs, received) : undefined;
    const taken = this.#handOver(frame, { stream: stream.id, number: sequence, lateness }, received);
    const settle = (isTaken: boolean) => {
      if (isTaken) this.#acknowledge(stream, sequence, lateness);
      else this.#forgo(stream, before);
    };
    if (typeof taken === 'boolean') return settle(taken);
    const taking = taken
      .catch(() => false)
      .then((isTaken) => {
        stream.taking = undefined;
        settle(isTaken);
      });
    stream.taking = taking;
    return taking;
  }

  /** It came over an earlier connection as well. */
  #takeDuplicate(stream: Stream): void {
    this.sender.duplicates++;
    this.#link.write(encodeMessage({ type: 'ACKN', sequence: stream.taken, latenessUs: undefined }));
  }

  #acknowledge(stream: Stream, sequence: number, lateness: Lateness | undefined): void {
    stream.taken = sequence;
    const us = lateness === undefined ? Number.NaN : Math.round(lateness.us);
    // A sender that says odd things about its clock gets no odd things back.
    const latenessUs = Number.isSafeInteger(us) ? us : undefined;
    this.#link.write(encodeMessage({ type: 'ACKN', sequence, latenessUs }));
  }

  #forgo(stream: Stream, before: number): void {
    stream.handedOver = before;
    this.#isDeaf = true;
  }

  #handOver(
    { jpeg, width, height, capturedAtUs }: Frame,
    place: Pick<ReceivedFrame, 'stream' | 'number' | 'lateness'>,
    received: LocalTime,
  ): boolean | Promise<boolean> {
    const { sender } = this;
    sender.frames++;
    sender.bytes += jpeg.length;
    const receivedAtUs = received.wallUs;
    const frame: ReceivedFrame = { jpeg, width, height, capturedAtUs, sender, receivedAtUs, ...place };
    sender.lateness.add(transitUs(frame), place.lateness?.us);
    if (sender.frames === 1) this.#handler.arrive(sender);
    return this.#handler.take(frame);
  }

  #measure(capturedMonotonicUs: number, { monotonicUs }: LocalTime): Lateness | undefined {
    const estimate = this.#clocks.estimate(monotonicUs);
    if (estimate === undefined) return undefined;
    return { us: monotonicUs - (capturedMonotonicUs - estimate.offsetUs), errorUs: estimate.errorUs };
  }
}

function readLocalTime(): LocalTime {
  return { monotonicUs: readMonotonicUs(), wallUs: readWallClockUs() };
}

function asWait(taken: boolean | Promise<boolean>): void | Promise<void> {
  if (typeof taken !== 'boolean') return taken.then(() => undefined);
}
