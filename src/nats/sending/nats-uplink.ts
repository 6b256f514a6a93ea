import type { BreakCause, Uplink, UplinkListener } from '../../delivery/uplink.ts';
import type { CodedError } from '../../errors.ts';
import type { NumberedFrame } from '../../protocol/frame.ts';
import { onAbort } from '../../system/abort.ts';
import { readMonotonicUs } from '../../system/clock.ts';
import { isConnectionGone, isTimeout } from '../nats-error.ts';

/** The use of one connection to a NATS server. */
export interface NatsLine {
  /**
   * Resolves when the stream has the frame.
   * @throws CodedError as `FramePublisher.publish`
   */
  publish(frame: NumberedFrame): Promise<void>;
  /** Ends the connection, which is of no more use, for that reason. */
  abandon(reason: string): void;
  /**
   * Resolves when all that was sent has gone out, as far as the server takes it, and the connection
   * is closed.
   */
  close(): Promise<void>;
  /** Longest time without the server acknowledging a frame, in milliseconds. */
  readonly sendTimeoutMs: number;
  /** Aborts when the connection is gone; the reason is a CodedError that says why. */
  readonly over: AbortSignal;
}

/**
 * One connection to a NATS server, which acknowledges each frame by itself, and may take one and
 * not the one before.
 */
export class NatsUplink implements Uplink {
  readonly #line: NatsLine;
  readonly #listener: UplinkListener;
  #hasSent = false;
  readonly acknowledging = 'certain';
  readonly isGreeted = true;
  /** The library does not report when data comes. */
  readonly isHeard = undefined;
  readonly canTakeMore = true;

  constructor(line: NatsLine, listener: UplinkListener) {
    this.#line = line;
    this.#listener = listener;
    onAbort(line.over, () => listener.changed());
  }

  get failure(): CodedError | undefined {
    const { over } = this.#line;
    return over.aborted ? (over.reason as CodedError) : undefined;
  }

  get cause(): BreakCause {
    return this.#hasSent ? 'unacknowledged' : 'lost';
  }

  /** Resolves at once: the acknowledgements of the server limit the frames in flight. */
  async send(frame: NumberedFrame): Promise<void> {
    this.#hasSent = true;
    this.#line.publish(frame).then(
      () => this.#takeAnswer(frame),
      (error) => this.#takeFailure(frame, error),
    );
  }

  async end(): Promise<void> {
    await this.#line.close();
  }

  #takeAnswer({ sequence, capturedMonotonicUs }: NumberedFrame): void {
    // It goes out again already.
    if (this.failure !== undefined) return;
    this.#listener.acknowledged(sequence, readMonotonicUs() - capturedMonotonicUs);
  }

  #takeFailure({ sequence }: NumberedFrame, error: CodedError): void {
    // Frames that are in flight when a connection ends go out again over the next.
    if (this.failure !== undefined || isConnectionGone(error.cause)) return;
    if (isTimeout(error)) {
      this.#line.abandon(`it acknowledged no frame for ${this.#line.sendTimeoutMs / 1000} s (--send-timeout)`);
    } else if (error.code === 'FRAME_TOO_LONG') this.#listener.rejected(sequence, error);
    else this.#listener.returned(sequence, error);
  }
}
