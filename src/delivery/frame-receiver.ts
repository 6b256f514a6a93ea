import type { FrameHandler } from '../frames/connection-handler.ts';
import type { JoinedCameras } from '../frames/joined/joined-cameras.ts';
import {
  type ConnectionStats,
  createConnectionStats,
  type ReceivedFrame,
  transitUs,
} from '../frames/received-frame.ts';
import type { SkippedBytes } from '../protocol/jpeg/skipped-bytes.ts';
import { andThen, type MaybePromise } from '../system/maybe-promise.ts';
import { isPowerOfTwo } from '../system/power-of-two.ts';
import type { Naming } from './new-name-limiter.ts';

export interface FrameReceiverOptions {
  /** Of the frame before its first one, where pictures come alone. */
  readonly lastSequence?: number | undefined;
  /** Whether it may have its name; undefined: it may. */
  readonly naming?: Naming | undefined;
  /** Cameras whose names are theirs alone. */
  readonly joined?: JoinedCameras | undefined;
}

/** Delivers the frames of one connection and counts them, however they came. */
export class FrameReceiver {
  readonly connection: ConnectionStats;
  readonly #handler: FrameHandler;
  readonly #lastNumber: number;
  readonly #naming: Naming | undefined;
  readonly #joined: JoinedCameras | undefined;
  /** The connection is over, or a frame was not accepted. Then no later frame may be accepted: its acknowledgement would be for both. */
  #isClosed = false;

  constructor(address: string, handler: FrameHandler, { lastSequence = 0, naming, joined }: FrameReceiverOptions = {}) {
    this.connection = createConnectionStats(address);
    this.#handler = handler;
    this.#lastNumber = lastSequence;
    this.#naming = naming;
    this.#joined = joined;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Of its last frame, where pictures come alone. */
  get lastNumber(): number {
    return this.#lastNumber + this.connection.frames;
  }

  close(): void {
    this.#isClosed = true;
  }

  notice(what: string): void {
    this.#handler.notice(this.connection, what);
  }

  /**
   * Counts bytes that came in place of a picture, and reports them at the 1st, 2nd, 4th, 8th ... time.
   * @param what with the reason
   */
  skip(what: string, { isTold = true } = {}): void {
    // Once no frame is accepted any more, bytes are no longer whole: their beginnings were not read.
    if (this.#isClosed) return;
    const { connection } = this;
    const count = ++connection.skipped;
    connection.lastSkipped = what;
    if (!isTold || !isPowerOfTwo(count)) return;
    this.notice(`skipped ${what}${count === 1 ? '' : `; ${count} so far`}`);
  }

  /** As `skip`. A sender that has sent no picture is reported when it disconnects: some send nothing but garbage. */
  skipBytes(skipped: SkippedBytes): void {
    const { bytes, reason, code } = skipped;
    const isTold = this.connection.frames > 0 || code === 'PICTURE_TOO_LARGE';
    this.skip(`${bytes} bytes: ${reason} [${code}]`, { isTold });
  }

  /** Whether the sinks have accepted it. @throws ProtocolError TOO_MANY_SENDERS, NAME_JOINED with the first one, which is not accepted then */
  receive(frame: ReceivedFrame): MaybePromise<boolean> {
    const { connection } = this;
    if (connection.frames === 0) this.#admit();
    connection.frames++;
    connection.bytes += frame.jpeg.length;
    const transit = transitUs(frame);
    if (transit !== undefined) connection.latency.add(transit, frame.latency?.us);
    if (connection.frames === 1) this.#handler.connected(connection);
    return andThen(this.#handler.deliver(frame), (isTaken) => {
      if (!isTaken) {
        connection.frames--;
        connection.bytes -= frame.jpeg.length;
        this.#isClosed = true;
      }
      return isTaken;
    });
  }

  /** @throws ProtocolError */
  #admit(): void {
    this.#joined?.checkName(this.connection);
    // A stream whose sender has not said its name is a camera of its own.
    const name = this.connection.name ?? this.connection.stream;
    if (name !== undefined) this.#naming?.admit(name);
  }
}
