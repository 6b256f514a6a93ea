import { formatError } from '../errors.ts';
import type { Latency, ReceivedFrame } from '../frames/received-frame.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Acknowledgement, Skip, StreamId } from '../protocol/wire2/message.ts';
import type { MaybePromise, Wait } from '../system/maybe-promise.ts';
import type { FrameReceiver } from './frame-receiver.ts';
import type { StreamConnection } from './stream-owner.ts';
import type { Stream, StreamRegistry } from './stream-registry.ts';

/** A frame that is in flight, and the sequence number of the one that was delivered before it. */
interface InFlight {
  readonly frame: ReceivedFrame;
  readonly before: number;
}

/** The replies to the sender of a stream. */
export interface StreamAnswers {
  /** Soon, and before the connection ends; a later one may take its place. */
  acknowledge(message: Acknowledgement): void;
  skip(message: Skip): void;
}

/** The most skipped frames of a stream that are reported again over the next connection. */
const maxSkipped = 16;
/** Of one stream, frames that may be in flight to the sinks: so many share a disk's wait until they are on it. */
const maxInFlight = { frames: 64, bytes: 2 ** 19 } as const;

/**
 * Delivers the frames of one connection, which may be of a stream that had other connections before: each frame of a stream once and in
 * its order. Acknowledges it when it is accepted.
 */
export class Deduplicator {
  readonly #receiver: FrameReceiver;
  readonly #streams: StreamRegistry;
  readonly #answers: StreamAnswers;
  readonly #connection: StreamConnection;
  #stream: Stream | undefined;
  /** Settles when the frames that this connection brought are; other connections of the stream may have brought more. */
  #settled: Promise<void> | undefined;

  constructor(
    receiver: FrameReceiver,
    streams: StreamRegistry,
    answers: StreamAnswers,
    connection: Omit<StreamConnection, 'sender'>,
  ) {
    this.#receiver = receiver;
    this.#streams = streams;
    this.#answers = answers;
    this.#connection = { ...connection, sender: receiver.connection };
  }

  /** Undefined as long as the connection has joined none. */
  get stream(): Stream | undefined {
    return this.#stream;
  }

  /** The connection is of that stream. @throws ProtocolError BAD_MESSAGE where it is of another, or another sender has the stream */
  join(id: StreamId): Stream {
    if (this.#stream !== undefined && this.#stream.id !== id) {
      throw new ProtocolError('BAD_MESSAGE', `Cannot accept a second stream over one connection: it is ${id}`);
    }
    this.#stream ??= this.#streams.open(id, this.#connection);
    return this.#stream;
  }

  /** The connection is over. */
  leave(): void {
    if (this.#stream !== undefined) this.#streams.leave(this.#stream, this.#connection);
  }

  /** Delivers a frame of the stream that was joined, or of none. Returns what keeps the next frame waiting. */
  receive(frame: ReceivedFrame): Wait {
    if (this.#receiver.isClosed) return undefined;
    const stream = this.#stream;
    if (frame.stream === undefined || stream === undefined) return this.#receiver.receive(frame);
    const { sequence } = frame;
    const { settled, delivered: before } = stream;
    // Frames of an earlier connection come first: one that is not accepted in the end is to be delivered again.
    if (settled !== undefined && !(settled === this.#settled && sequence > before)) {
      return settled.then(() => this.receive(frame));
    }
    if (sequence <= before) return this.#countDuplicate(stream);
    this.#countGap(stream, sequence);
    stream.delivered = sequence;
    let taken: MaybePromise<boolean>;
    try {
      taken = this.#receiver.receive(frame);
    } catch (error) {
      // It comes again, as nobody has it.
      this.#takeBack(stream, before);
      throw error;
    }
    if (typeof taken === 'boolean' && settled === undefined) return this.#settle(stream, { frame, before }, taken);
    return this.#watch(stream, { frame, before }, Promise.resolve(taken));
  }

  /** A frame whose picture cannot be accepted is skipped: its sender would send it again for ever, and no later one would come. */
  reject(sequence: number | undefined, error: ProtocolError): Wait {
    if (this.#receiver.isClosed) return undefined;
    const stream = this.#stream;
    if (sequence === undefined || stream === undefined) {
      this.#receiver.skip(`a frame: ${formatError(error)}`);
      return undefined;
    }
    if (stream.settled !== undefined) return stream.settled.then(() => this.reject(sequence, error));
    if (sequence <= stream.delivered) return this.#countDuplicate(stream);
    this.#countGap(stream, sequence);
    this.#receiver.skip(`frame ${sequence}: ${formatError(error)}`);
    stream.delivered = sequence;
    const message: Skip = { type: 'skip', sequence, code: error.code, reason: error.message };
    stream.skipped.push(message);
    if (stream.skipped.length > maxSkipped) stream.skipped.shift();
    this.#answers.skip(message);
    this.#acknowledge(stream, sequence, undefined);
    return undefined;
  }

  /** Settles frames in their order. Returns what keeps the next one waiting: nothing, as long as few are in flight. */
  #watch(stream: Stream, one: InFlight, taken: Promise<boolean>): Wait {
    const bytes = one.frame.jpeg.length;
    const { settled: earlier, inFlight } = stream;
    inFlight.frames++;
    inFlight.bytes += bytes;
    const settled = Promise.all([taken.catch(() => false), earlier]).then(([isTaken]) => {
      inFlight.frames--;
      inFlight.bytes -= bytes;
      if (stream.settled === settled) stream.settled = undefined;
      this.#settle(stream, one, isTaken);
    });
    stream.settled = settled;
    this.#settled = settled;
    const isFull = inFlight.frames >= maxInFlight.frames || inFlight.bytes >= maxInFlight.bytes;
    return isFull ? (earlier ?? settled) : undefined;
  }

  #settle(stream: Stream, { frame: { sequence, latency }, before }: InFlight, isTaken: boolean): undefined {
    // None is acknowledged behind one that was not accepted.
    if (isTaken && sequence <= stream.delivered) this.#acknowledge(stream, sequence, latency);
    else this.#takeBack(stream, Math.min(before, stream.delivered));
  }

  #acknowledge(stream: Stream, sequence: number, latency: Latency | undefined): void {
    stream.acknowledged = sequence;
    const us = latency === undefined ? Number.NaN : Math.round(latency.us);
    // A sender that says odd things about its clock gets no odd things back.
    const latencyUs = Number.isSafeInteger(us) ? us : undefined;
    this.#answers.acknowledge({ type: 'ACKN', sequence, latencyUs });
  }

  #takeBack(stream: Stream, before: number): void {
    stream.delivered = before;
    this.#receiver.close();
  }

  /** The gap before a stream's first frame here may be of another receiver's time. */
  #countGap({ delivered }: Stream, sequence: number): void {
    if (delivered > 0) this.#receiver.connection.dropped += sequence - delivered - 1;
  }

  /** It came over an earlier connection as well. */
  #countDuplicate({ acknowledged }: Stream): undefined {
    this.#receiver.connection.duplicates++;
    this.#answers.acknowledge({ type: 'ACKN', sequence: acknowledged, latencyUs: undefined });
  }
}
