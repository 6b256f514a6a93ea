import type { Latency } from '../frames/received-frame.ts';
import { formatError, type ProtocolError } from '../protocol/errors.ts';
import type { Frame } from '../protocol/frame.ts';
import type { Acknowledgement, Skip } from '../protocol/wire2/message.ts';
import type { ClockReading } from '../system/clock.ts';
import type { MaybePromise, Wait } from '../system/maybe-promise.ts';
import type { FrameReceiver } from './frame-receiver.ts';
import type { Stream } from './stream-registry.ts';

/** What a sender says of a frame beside its picture. */
export interface StreamPosition {
  readonly stream: Stream;
  readonly sequence: number;
  readonly latency: Latency | undefined;
}

/** What a sender of a stream is told. */
export interface StreamAnswers {
  /** Soon, and before the connection ends; a later one may take its place. */
  acknowledge(message: Acknowledgement): void;
  skip(message: Skip): void;
}

/** Of one stream, skipped frames that are told of again over the next connection. */
const maxSkipped = 16;
/** Of one stream, frames that may be in flight to the sinks: so many share a disk's wait until they are on it. */
const maxInFlight = { frames: 64, bytes: 2 ** 19 } as const;

/** Delivers the frames of one connection, those of a stream once each and in their order, and acknowledges these when they are taken. */
export class Deduplicator {
  readonly #receiver: FrameReceiver;
  readonly #answers: StreamAnswers;
  /** Settles when the frames that this connection brought are; other connections of the stream may have brought more. */
  #settled: Promise<void> | undefined;

  constructor(receiver: FrameReceiver, answers: StreamAnswers) {
    this.#receiver = receiver;
    this.#answers = answers;
  }

  /** @param position undefined: of no stream. Returns what keeps the next frame waiting. */
  receive(frame: Frame, position: StreamPosition | undefined, received: ClockReading): Wait {
    if (this.#receiver.isClosed) return undefined;
    if (position === undefined) return this.#deliver(frame, undefined, received);
    const { stream, sequence } = position;
    const { settled, delivered } = stream;
    // Those of an earlier connection come first: one that is not taken in the end is to be delivered again.
    if (settled !== undefined && !(settled === this.#settled && sequence > delivered)) {
      return settled.then(() => this.receive(frame, position, received));
    }
    if (sequence <= delivered) return this.#countDuplicate(stream);
    this.#countGap(stream, sequence);
    stream.delivered = sequence;
    let taken: MaybePromise<boolean>;
    try {
      taken = this.#deliver(frame, position, received);
    } catch (error) {
      // It comes again, as nobody has it.
      this.#takeBack(stream, delivered);
      throw error;
    }
    if (typeof taken === 'boolean' && settled === undefined) return this.#settle(position, delivered, taken);
    return this.#watch(position, delivered, frame.jpeg.length, Promise.resolve(taken));
  }

  /** A frame whose picture cannot be taken is skipped: its sender would send it again for ever, and no later one would come. */
  refuse(position: Pick<StreamPosition, 'stream' | 'sequence'> | undefined, error: ProtocolError): Wait {
    if (this.#receiver.isClosed) return undefined;
    if (position === undefined) {
      this.#receiver.skip(`a frame: ${formatError(error)}`);
      return undefined;
    }
    const { stream, sequence } = position;
    if (stream.settled !== undefined) return stream.settled.then(() => this.refuse(position, error));
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
  #watch(position: StreamPosition, before: number, bytes: number, taken: Promise<boolean>): Wait {
    const { stream } = position;
    const { settled: earlier, inFlight } = stream;
    inFlight.frames++;
    inFlight.bytes += bytes;
    const settled = Promise.all([taken.catch(() => false), earlier]).then(([isTaken]) => {
      inFlight.frames--;
      inFlight.bytes -= bytes;
      if (stream.settled === settled) stream.settled = undefined;
      this.#settle(position, before, isTaken);
    });
    stream.settled = settled;
    this.#settled = settled;
    const isFull = inFlight.frames >= maxInFlight.frames || inFlight.bytes >= maxInFlight.bytes;
    return isFull ? (earlier ?? settled) : undefined;
  }

  /** @param before the frame that was delivered before this one */
  #settle({ stream, sequence, latency }: StreamPosition, before: number, isTaken: boolean): undefined {
    // None is acknowledged behind one that was not taken.
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

  #deliver(
    { jpeg, width, height, capturedAtUs }: Frame,
    position: StreamPosition | undefined,
    { wallUs }: ClockReading,
  ): MaybePromise<boolean> {
    const { connection } = this.#receiver;
    return this.#receiver.receive({
      jpeg,
      width,
      height,
      capturedAtUs,
      connection,
      stream: position?.stream.id,
      sequence: position?.sequence ?? connection.frames + 1,
      receivedAtUs: wallUs,
      latency: position?.latency,
    });
  }
}
