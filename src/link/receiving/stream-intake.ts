import { formatError, type ProtocolError } from '../../protocol/errors.ts';
import type { Frame } from '../../protocol/frame.ts';
import type { Acknowledgement, Skip } from '../../protocol/message.ts';
import type { LocalTime } from './clock-watch.ts';
import { asWait, type Intake } from './intake.ts';
import type { Lateness, ReceivedFrame } from './received-frame.ts';
import type { Stream } from './stream-registry.ts';

/** What a sender says of a frame beside its picture. */
export interface StreamPlace {
  readonly stream: Stream;
  readonly sequence: number;
  readonly lateness: Lateness | undefined;
}

/** Of one stream, frames that were left behind and are told of again over the next connection. */
const mostSkipped = 16;
/** Of one stream, frames that may be under way to the sinks: so many share a disk's wait until they are on it. */
const mostUnderWay = { frames: 64, bytes: 2 ** 19 } as const;

/** Hands the frames of one connection over, those of a stream once each and in their order, and acknowledges these when they are taken. */
export class StreamIntake {
  readonly #intake: Intake;
  readonly #acknowledge: (message: Acknowledgement) => void;
  readonly #skip: (message: Skip) => void;
  /** That of the stream, where it is of this connection. */
  #taking: Promise<void> | undefined;

  constructor(intake: Intake, acknowledge: (message: Acknowledgement) => void, skip: (message: Skip) => void) {
    this.#intake = intake;
    this.#acknowledge = acknowledge;
    this.#skip = skip;
  }

  /** @param place undefined: of no stream. Returns what keeps the next frame waiting. */
  take(frame: Frame, place: StreamPlace | undefined, received: LocalTime): void | Promise<void> {
    if (this.#intake.isClosed) return undefined;
    if (place === undefined) {
      const number = this.#intake.sender.frames + 1;
      return asWait(this.#handOver(frame, { stream: undefined, number, lateness: undefined }, received));
    }
    const { stream, sequence, lateness } = place;
    // Those of an earlier connection come first: one that is not taken in the end is to be handed over again.
    const isTaking = stream.taking !== undefined && stream.taking === this.#taking;
    if (stream.taking !== undefined && !(isTaking && sequence > stream.handedOver)) {
      return stream.taking.then(() => this.take(frame, place, received));
    }
    if (sequence <= stream.handedOver) return this.#takeDuplicate(stream);
    this.#countGap(place);
    const before = stream.handedOver;
    stream.handedOver = sequence;
    let taken: boolean | Promise<boolean>;
    try {
      taken = this.#handOver(frame, { stream: stream.id, number: sequence, lateness }, received);
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
    const { taking: earlier, underWay } = stream;
    underWay.frames++;
    underWay.bytes += bytes;
    const taking = Promise.all([taken.catch(() => false), earlier]).then(([isTaken]) => {
      underWay.frames--;
      underWay.bytes -= bytes;
      if (stream.taking === taking) stream.taking = undefined;
      settle(isTaken);
    });
    stream.taking = taking;
    this.#taking = taking;
    const isFull = underWay.frames >= mostUnderWay.frames || underWay.bytes >= mostUnderWay.bytes;
    return isFull ? (earlier ?? taking) : undefined;
  }

  /** A frame whose picture cannot be taken is left behind: its sender would send it again for ever, and what follows would never come. */
  refuse(place: Pick<StreamPlace, 'stream' | 'sequence'> | undefined, error: ProtocolError): void | Promise<void> {
    if (this.#intake.isClosed) return undefined;
    if (place === undefined) return this.#intake.skip(`a frame: ${formatError(error)}`);
    const { stream, sequence } = place;
    if (stream.taking !== undefined) return stream.taking.then(() => this.refuse(place, error));
    if (sequence <= stream.handedOver) return this.#takeDuplicate(stream);
    this.#countGap(place);
    this.#intake.skip(`frame ${sequence}: ${formatError(error)}`);
    stream.handedOver = sequence;
    const message: Skip = { type: 'skip', sequence, code: error.code, reason: error.message };
    stream.skipped.push(message);
    if (stream.skipped.length > mostSkipped) stream.skipped.shift();
    this.#skip(message);
    this.#confirm({ stream, sequence, lateness: undefined });
  }

  /** The gap before a stream's first frame here may be of another receiver's time. */
  #countGap({ stream, sequence }: Pick<StreamPlace, 'stream' | 'sequence'>): void {
    if (stream.handedOver > 0) this.#intake.sender.dropped += sequence - stream.handedOver - 1;
  }

  /** It came over an earlier connection as well. */
  #takeDuplicate({ taken }: Stream): void {
    this.#intake.sender.duplicates++;
    this.#acknowledge({ type: 'ACKN', sequence: taken, latenessUs: undefined });
  }

  #confirm({ stream, sequence, lateness }: StreamPlace): void {
    stream.taken = sequence;
    const us = lateness === undefined ? Number.NaN : Math.round(lateness.us);
    // A sender that says odd things about its clock gets no odd things back.
    const latenessUs = Number.isSafeInteger(us) ? us : undefined;
    this.#acknowledge({ type: 'ACKN', sequence, latenessUs });
  }

  #forgo(stream: Stream, before: number): void {
    stream.handedOver = before;
    this.#intake.close();
  }

  #handOver(
    { jpeg, width, height, capturedAtUs }: Frame,
    place: Pick<ReceivedFrame, 'stream' | 'number' | 'lateness'>,
    { wallUs }: LocalTime,
  ): boolean | Promise<boolean> {
    return this.#intake.take({ jpeg, width, height, capturedAtUs, receivedAtUs: wallUs, ...place });
  }
}
