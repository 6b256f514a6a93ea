import type { ClassicFrame } from '../../protocol/classic-decoder.ts';
import type { StreamMark } from '../../protocol/classic-field.ts';
import { type CodedError, ProtocolError } from '../../protocol/errors.ts';
import type { Frame, NumberedFrame } from '../../protocol/frame.ts';
import type { Acknowledgement, Hello, Pong, StreamId } from '../../protocol/message.ts';
import { encodeMessage } from '../../protocol/message-encoder.ts';
import type { Incoming } from '../../protocol/stream-decoder.ts';
import { readMonotonicUs, readWallClockUs } from '../../system/clock.ts';
import type { Acceptance } from './acceptance.ts';
import { ClockWatch, type LocalTime } from './clock-watch.ts';
import { asWait, type Intake } from './intake.ts';
import { Pinger } from './pinger.ts';
import type { Lateness, ReceivedFrame, Sender } from './received-frame.ts';
import type { Stream, StreamRegistry } from './stream-registry.ts';

export interface SessionOptions extends Acceptance {
  readonly streams: StreamRegistry;
  /** What the sender is told: it is dropped when nothing comes for so long. */
  readonly idleTimeoutMs: number;
}

/** Marked frames that wait for the name of their sender: as many as come within a round trip. */
const mostHeld = 16;
const mostHeldBytes = 2 ** 20;

/** What a session asks of its connection. */
export interface SessionLink {
  write(bytes: Uint8Array): void;
  /** Soon, and before the connection ends; a later one may take its place. */
  acknowledge(message: Acknowledgement): void;
  end(error: CodedError | undefined): void;
}

/** The conversation with one sender, over either wire: what each message means and what is answered. */
export class Session {
  readonly #intake: Intake;
  readonly #options: SessionOptions;
  readonly #link: SessionLink;
  readonly #clocks = new ClockWatch();
  readonly #supersede = () => this.#link.end(undefined);
  #pinger: Pinger | undefined;
  /** Of the newest ping, until its pong comes. */
  #pingSentUs: number | undefined;
  #stream: Stream | undefined;
  #hasHello = false;
  /** Marked frames at the very start: handed over once it is known who sends them, which one of the next messages mostly says. */
  #held: { readonly frame: ClassicFrame; readonly mark: StreamMark; readonly received: LocalTime }[] = [];

  constructor(intake: Intake, options: SessionOptions, link: SessionLink) {
    this.#intake = intake;
    this.#options = options;
    this.#link = link;
  }

  get sender(): Sender {
    return this.#intake.sender;
  }

  /** Whether the sender has the token, where there is one. */
  get isTrusted(): boolean {
    return this.#hasHello || this.#options.token === undefined;
  }

  /** Whether the sender has shown that it reads, and was answered. */
  get hasAnswered(): boolean {
    return this.#stream !== undefined;
  }

  /** A promise keeps what comes next waiting. @throws ProtocolError */
  handle(incoming: Incoming): void | Promise<void> {
    if (incoming.type === 'HELO') return this.#greet(incoming) ?? this.finish();
    if (incoming.type === 'classic' && this.#hold(incoming.frame)) return undefined;
    const waiting = this.finish();
    return waiting === undefined ? this.#handle(incoming) : waiting.then(() => this.#handle(incoming));
  }

  /** Hands over what was held back. */
  finish(): void | Promise<void> {
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) {
      const waiting = this.#take(next.frame, next.mark, next.received);
      if (waiting !== undefined) return waiting.then(() => this.finish());
    }
  }

  /** Whether it holds the frame back: a marked one at the very start, while there are few and small ones. @throws ProtocolError */
  #hold(frame: ClassicFrame): boolean {
    const { mark } = frame;
    if (mark === undefined || this.#hasHello || !this.#options.accept.includes('2')) return false;
    const isFirst = this.#stream === undefined;
    if (!isFirst && (this.#held.length === 0 || this.#held.length >= mostHeld)) return false;
    const heldBytes = this.#held.reduce((sum, held) => sum + held.frame.jpeg.length, frame.jpeg.length);
    if (heldBytes > mostHeldBytes) return false;
    this.#join(mark.stream);
    this.#held.push({ frame, mark, received: readLocalTime() });
    return true;
  }

  #handle(incoming: Exclude<Incoming, Hello>): void | Promise<void> {
    switch (incoming.type) {
      case 'classic':
        return this.#takeClassic(incoming.frame);
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

  /** The connection is over. What is under way in the sinks still counts. */
  end(): void {
    // Whoever sent them is gone without a name; they are here.
    void this.finish();
    this.#intake.close();
    this.#pinger?.stop();
    if (this.#stream !== undefined) this.#options.streams.leave(this.#stream, this.#supersede);
  }

  #checkGreeted(type: string): void {
    if (!this.#hasHello) throw new ProtocolError('BAD_MESSAGE', `Cannot take a message ${type} before a HELO`);
  }

  #takeClassic(frame: ClassicFrame): void | Promise<void> {
    const { mark } = frame;
    if (mark === undefined || !this.#options.accept.includes('2')) return this.#take(frame, undefined);
    this.#join(mark.stream);
    return this.#take(frame, mark);
  }

  /** Opens the stream, or finds that it is the one that is open. @throws ProtocolError */
  #join(id: StreamId): void {
    if (this.#stream === undefined) this.#open(id);
    else this.#checkStream(id);
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

  #greet(hello: Hello): Promise<never> | undefined {
    if (this.#hasHello) throw new ProtocolError('BAD_MESSAGE', 'Cannot take a second HELO');
    const refused = this.#options.token?.check(hello.token);
    if (refused !== undefined) return refused;
    this.#hasHello = true;
    this.#join(hello.stream);
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
    if (news !== undefined) this.#intake.notice(news);
  }

  #take(
    frame: Frame,
    place: StreamMark | NumberedFrame | undefined,
    received: LocalTime = readLocalTime(),
  ): void | Promise<void> {
    if (this.#intake.isClosed) return undefined;
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
    this.#link.acknowledge({ type: 'ACKN', sequence: stream.taken, latenessUs: undefined });
  }

  #acknowledge(stream: Stream, sequence: number, lateness: Lateness | undefined): void {
    stream.taken = sequence;
    const us = lateness === undefined ? Number.NaN : Math.round(lateness.us);
    // A sender that says odd things about its clock gets no odd things back.
    const latenessUs = Number.isSafeInteger(us) ? us : undefined;
    this.#link.acknowledge({ type: 'ACKN', sequence, latenessUs });
  }

  #forgo(stream: Stream, before: number): void {
    stream.handedOver = before;
    this.#intake.close();
  }

  #handOver(
    { jpeg, width, height, capturedAtUs }: Frame,
    place: Pick<ReceivedFrame, 'stream' | 'number' | 'lateness'>,
    received: LocalTime,
  ): boolean | Promise<boolean> {
    return this.#intake.take({ jpeg, width, height, capturedAtUs, receivedAtUs: received.wallUs, ...place });
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
