import type { ClassicFrame } from '../protocol/classic-decoder.ts';
import type { StreamMark } from '../protocol/classic-field.ts';
import { type CodedError, ProtocolError } from '../protocol/errors.ts';
import type { Frame, NumberedFrame } from '../protocol/frame.ts';
import type { Hello, Pong, StreamId } from '../protocol/message.ts';
import { encodeMessage } from '../protocol/message-encoder.ts';
import type { Incoming } from '../protocol/stream-decoder.ts';
import { readMonotonicUs, readWallClockUs } from '../system/clock.ts';
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

/** The first frames of a marked stream wait so long for the hello that names the sender: a round trip, mostly. */
const helloWaitMs = 250;
/** And so many of them, and bytes. */
const mostHeld = 16;
const mostHeldBytes = 512 * 1024;

interface HeldFrame {
  readonly frame: Frame;
  readonly mark: StreamMark;
  readonly received: LocalTime;
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
  #stream: Stream | undefined;
  #hasHello = false;
  #helloTimer: NodeJS.Timeout | undefined;
  /** Frames that wait for the hello; undefined once it has come or is not waited for. */
  #held: HeldFrame[] | undefined;
  /** A frame was not taken: none after it may be, or its acknowledgement would stand for both. */
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
      case 'FAIL':
        throw new ProtocolError('TORN_FRAME', `The sender gave up: ${incoming.reason} (${incoming.code})`);
      default:
        throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${incoming.type} from a sender`);
    }
  }

  /** Bytes of the classic wire have come. @throws ProtocolError TOKEN_MISSING */
  refuseClassic(): void {
    if (this.#options.token === undefined) return;
    throw new ProtocolError(
      'TOKEN_MISSING',
      'Cannot take a sender of the classic wire as a token is wanted (--token-file)',
    );
  }

  /** Nothing will come any more; a promise where a frame still has to be taken. */
  finish(): void | Promise<void> {
    return this.#release() ?? this.#stream?.taking;
  }

  /** The connection is over. */
  end(): void {
    clearTimeout(this.#helloTimer);
    this.#pinger?.stop();
    if (this.#stream !== undefined) this.#options.streams.leave(this.#stream, this.#supersede);
  }

  #checkGreeted(type: string): void {
    if (!this.#hasHello) throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${type} before a HELO`);
  }

  #takeClassic(frame: ClassicFrame): void | Promise<void> {
    const { mark } = frame;
    if (mark === undefined) return after(this.#release(), () => this.#take(frame, undefined));
    if (this.#stream === undefined) {
      this.#open(mark.stream);
      this.#held = [];
      this.#helloTimer = setTimeout(() => this.#release(), helloWaitMs);
    }
    this.#checkStream(mark.stream);
    if (this.#held === undefined) return this.#take(frame, mark);
    this.#held.push({ frame, mark, received: readLocalTime() });
    const heldBytes = this.#held.reduce((sum, held) => sum + held.frame.jpeg.length, 0);
    if (this.#held.length >= mostHeld || heldBytes >= mostHeldBytes) return this.#release();
    return undefined;
  }

  /** Hands over the frames that wait for the hello, which has come or is not waited for any longer. */
  #release(): void | Promise<void> {
    clearTimeout(this.#helloTimer);
    const held = this.#held ?? [];
    this.#held = undefined;
    return held.reduce<void | Promise<void>>(
      (taking, { frame, mark, received }) => after(taking, () => this.#take(frame, mark, received)),
      undefined,
    );
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
    this.#pinger = new Pinger(
      Math.min(hello.keepAliveMs || Number.POSITIVE_INFINITY, this.#options.idleTimeoutMs),
      () => {
        this.#link.write(encodeMessage({ type: 'ping', sentUs: readMonotonicUs() }));
      },
    );
    return this.#release();
  }

  #compareClocks(pong: Pong): void {
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
      return asWait(this.#handOver(frame, this.sender.frames + 1, undefined, received));
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
    const taken = this.#handOver(frame, sequence, lateness, received);
    const settle = (isTaken: boolean) => {
      if (isTaken) this.#acknowledge(stream, sequence, lateness);
      else this.#forgo(stream, before);
    };
    if (typeof taken === 'boolean') return settle(taken);
    const taking = taken.then((isTaken) => {
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
    const latenessUs = lateness === undefined ? undefined : Math.round(lateness.us);
    this.#link.write(encodeMessage({ type: 'ACKN', sequence, latenessUs }));
  }

  #forgo(stream: Stream, before: number): void {
    stream.handedOver = before;
    this.#isDeaf = true;
  }

  #handOver(
    { jpeg, width, height, capturedAtUs }: Frame,
    number: number,
    lateness: Lateness | undefined,
    received: LocalTime,
  ): boolean | Promise<boolean> {
    const { sender } = this;
    sender.frames++;
    sender.bytes += jpeg.length;
    const receivedAtUs = received.wallUs;
    const frame: ReceivedFrame = { jpeg, width, height, capturedAtUs, sender, number, receivedAtUs, lateness };
    sender.lateness.add(transitUs(frame), lateness?.us);
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

/** Does the next thing now, or when what is before it is done. */
function after(before: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
  return before === undefined ? next() : before.then(next);
}

function asWait(taken: boolean | Promise<boolean>): void | Promise<void> {
  if (typeof taken !== 'boolean') return taken.then(() => undefined);
}
