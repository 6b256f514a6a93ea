import type { Latency, ReceivedFrame } from '../frames/received-frame.ts';
import { formatError, type ProtocolError } from '../protocol/errors.ts';
import type { Frame } from '../protocol/frame.ts';
import type { Acknowledgement, Skip } from '../protocol/wire2/message.ts';
import type { LocalTime } from '../transport/accept/remote-clock.ts';
import { asWait, type FrameReceiver } from './frame-receiver.ts';
import type { Stream } from './stream-registry.ts';

/** What a sender says of a frame beside its picture. */
export interface StreamPosition {
  readonly stream: Stream;
  readonly sequence: number;
  readonly latency: Latency | undefined;
}

/** Of one stream, frames that were left behind and are told of again over the next connection. */
const maxSkipped = 16;
/** Of one stream, frames that may be under way to the sinks: so many share a disk's wait until they are on it. */
const maxUnderWay = { frames: 64, bytes: 2 ** 19 } as const;

/** Hands the frames of one connection over, those of a stream once each and in their order, and acknowledges these when they are taken. */
export class Deduplicator {
  readonly #receiver: FrameReceiver;
  readonly #acknowledge: (message: Acknowledgement) => void;
  readonly #skip: (message: Skip) => void;
  /** That of the stream, where it is of this connection. */
  #taking: Promise<void> | undefined;

  constructor(receiver: FrameReceiver, acknowledge: (message: Acknowledgement) => void, skip: (message: Skip) => void) {
    this.#receiver = receiver;
    this.#acknowledge = acknowledge;
    this.#skip = skip;
  }

  /** @param place undefined: of no stream. Returns what keeps the next frame waiting. */
  receive(frame: Frame, place: StreamPosition | undefined, received: LocalTime): void | Promise<void> {
    if (this.#receiver.isClosed) return undefined;
    if (place === undefined) {
      const number = this.#receiver.connection.frames + 1;
      return asWait(this.#handOver(frame, { stream: undefined, sequence: number, latency: undefined }, received));
    }
    const { stream, sequence, latency } = place;
    // Those of an earlier connection come first: one that is not taken in the end is to be handed over again.
    const isTaking = stream.taking !== undefined && stream.taking === this.#taking;
    if (stream.taking !== undefined && !(isTaking && sequence > stream.handedOver)) {
      return stream.taking.then(() => this.receive(frame, place, received));
    }
    if (sequence <= stream.handedOver) return this.#takeDuplicate(stream);
    this.#countGap(place);
    const before = stream.handedOver;
    stream.handedOver = sequence;
    let taken: boolean | Promise<boolean>;
    try {
      taken = this.#handOver(frame, { stream: stream.id, sequence, latency }, received);
    } catch (error) {
      // It comes again, as nobody has it.
      this.#forgo(stream, before);
      throw error;
    }
    const settle = (isTaken: boolean) => {
      // None is acknowledged behind one that was not taken.
      if (isTaken && sequence <= stream.handedOver) this.#confirm(place);
      else this.#forgo(stream, Math.min(before, stream.handedOver));
    };
    if (typeof taken === 'boolean' && stream.taking === undefined) return settle(taken);
    return this.#wait(stream, frame.jpeg.length, Promise.resolve(taken), settle);
  }

  /** Settles frames in their order. Returns what keeps the next one waiting: nothing, as long as few are under way. */
  #wait(
    stream: Stream,
    bytes: number,
    taken: Promise<boolean>,
    settle: (isTaken: boolean) => void,
  ): void | Promise<void> {
    const { taking: earlier, inFlight } = stream;
    inFlight.frames++;
    inFlight.bytes += bytes;
    const taking = Promise.all([taken.catch(() => false), earlier]).then(([isTaken]) => {
      inFlight.frames--;
      inFlight.bytes -= bytes;
      if (stream.taking === taking) stream.taking = undefined;
      settle(isTaken);
    });
    stream.taking = taking;
    this.#taking = taking;
    const isFull = inFlight.frames >= maxUnderWay.frames || inFlight.bytes >= maxUnderWay.bytes;
    return isFull ? (earlier ?? taking) : undefined;
  }

  /** A frame whose picture cannot be taken is left behind: its sender would send it again for ever, and what follows would never come. */
  refuse(place: Pick<StreamPosition, 'stream' | 'sequence'> | undefined, error: ProtocolError): void | Promise<void> {
    if (this.#receiver.isClosed) return undefined;
    if (place === undefined) return this.#receiver.skip(`a frame: ${formatError(error)}`);
    const { stream, sequence } = place;
    if (stream.taking !== undefined) return stream.taking.then(() => this.refuse(place, error));
    if (sequence <= stream.handedOver) return this.#takeDuplicate(stream);
    this.#countGap(place);
    this.#receiver.skip(`frame ${sequence}: ${formatError(error)}`);
    stream.handedOver = sequence;
    const message: Skip = { type: 'skip', sequence, code: error.code, reason: error.message };
    stream.skipped.push(message);
    if (stream.skipped.length > maxSkipped) stream.skipped.shift();
    this.#skip(message);
    this.#confirm({ stream, sequence, latency: undefined });
  }

  /** The gap before a stream's first frame here may be of another receiver's time. */
  #countGap({ stream, sequence }: Pick<StreamPosition, 'stream' | 'sequence'>): void {
    if (stream.handedOver > 0) this.#receiver.connection.dropped += sequence - stream.handedOver - 1;
  }

  /** It came over an earlier connection as well. */
  #takeDuplicate({ taken }: Stream): void {
    this.#receiver.connection.duplicates++;
    this.#acknowledge({ type: 'ACKN', sequence: taken, latencyUs: undefined });
  }

  #confirm({ stream, sequence, latency }: StreamPosition): void {
    stream.taken = sequence;
    const us = latency === undefined ? Number.NaN : Math.round(latency.us);
    // A sender that says odd things about its clock gets no odd things back.
    const latencyUs = Number.isSafeInteger(us) ? us : undefined;
    this.#acknowledge({ type: 'ACKN', sequence, latencyUs });
  }

  #forgo(stream: Stream, before: number): void {
    stream.handedOver = before;
    this.#receiver.close();
  }

  #handOver(
    { jpeg, width, height, capturedAtUs }: Frame,
    place: Pick<ReceivedFrame, 'stream' | 'sequence' | 'latency'>,
    { wallUs }: LocalTime,
  ): boolean | Promise<boolean> {
    return this.#receiver.receive({ jpeg, width, height, capturedAtUs, receivedAtUs: wallUs, ...place });
  }
}
