import type { CodedError } from '../errors.ts';
import type { NumberedFrame } from '../protocol/frame.ts';
import type { Acknowledging } from '../protocol/negotiation.ts';
import type { DetectorState, ResultMessage, StreamId } from '../protocol/wire2/message.ts';
import type { Conclusion } from './retry-policy.ts';

/**
 * Why a connection is of no more use, for the decision when to make the next one.
 *
 * `foreign`: another program answers there. `rejected`: the receiver rejected the connection.
 * `silent`: nothing came until a time-out. `unacknowledged`: the receiver answered, and acknowledged
 * no frame. `search`: the next connection is to show which frame it rejects. `switch`: the next
 * connection uses another wire, at once. `lost`: anything else.
 */
export type BreakCause = 'foreign' | 'rejected' | 'silent' | 'unacknowledged' | 'search' | 'switch' | 'lost';

/**
 * One connection that takes whole frames, one after another. After a failure it is of no further
 * use.
 */
export interface Uplink {
  /** Why nothing more can be sent; undefined while all is well. */
  readonly failure: CodedError | undefined;
  /** Only after a failure. */
  readonly cause: BreakCause;
  /** Whether frames that go out over it are acknowledged. */
  readonly acknowledging: Acknowledging;
  /** Whether the other end has shown over this connection that it acknowledges frames. */
  readonly isGreeted: boolean;
  /** Whether anything came over it in the last seconds; undefined if that is not known. */
  readonly isHeard: boolean | undefined;
  /** Whether another frame may go out now, as far as the other end is concerned. */
  readonly canTakeMore: boolean;
  /**
   * Resolves when the next frame may follow; undefined: it may at once.
   * @throws CodedError as `failure`, where it is not known to have gone out whole
   */
  send(frame: NumberedFrame, signal: AbortSignal): Promise<void> | undefined;
  /**
   * Ends the connection after all that was sent, and waits for the other end to have read it.
   * @param timeoutMs longest wait; a few seconds of it are left once `signal` aborts
   * @throws CodedError SEND_FAILED, REJECTED where it is not known that it has
   */
  end(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

/** The frames in flight, as the sender counts them. */
export interface UplinkLoad {
  /** Frames that went out over this connection and are kept, as they are not acknowledged. */
  readonly inFlight: number;
  /** The oldest of them. */
  readonly oldestInFlight: NumberedFrame | undefined;
  /** Frames that are kept, those included that have to go out again. */
  readonly pending: number;
  /** Bytes of their JPEGs. */
  readonly heldBytes: number;
  /**
   * Whether that is more than the kernels of both ends hold, so that a program must have read some
   * of it.
   */
  readonly isBeyondBuffers: boolean;
}

/** A result that has come back to the sender of its frame. */
export interface SenderResult extends ResultMessage {
  readonly stream: StreamId;
}

/** The sender, as its connection sees it. */
export interface UplinkListener {
  readonly load: UplinkLoad;
  /**
   * That frame has arrived.
   * @param latencyUs since its capture, in microseconds
   */
  acknowledged(sequence: number, latencyUs: number | undefined): void;
  /**
   * All frames up to that one have arrived. False, and nothing else, when no such frame was ever
   * sent.
   */
  acknowledgedUpTo(sequence: number, latencyUs: number | undefined): boolean;
  /**
   * That frame is not accepted, and need not go out again. False, and nothing else, when no such frame
   * was ever sent.
   */
  rejected(sequence: number, error: CodedError): boolean;
  /** That frame was not accepted this time: it has to go out again later. */
  returned(sequence: number, error: CodedError): void;
  /** The other end has greeted. @param detector that it has; undefined: it has none, or does not say it */
  welcomed(detector: DetectorState | undefined): void;
  /** A detector at the other end has found that. */
  detected(result: SenderResult): void;
  /** A property of the `Uplink` has changed. */
  changed(): void;
}

/** Makes connections to one receiver or server. */
export interface Connector {
  /** The address of the other end, for messages. */
  readonly address: string;
  /** A line of the log for each connection; undefined where the connector writes one itself. */
  readonly connectedLine: string | undefined;
  /** The next connection is made at once when one breaks, even with nothing to send. */
  readonly staysConnected: boolean;
  /**
   * Whether a rejected frame is one of those that `count` asks for; else another one takes its
   * place.
   */
  readonly countsRejected: boolean;
  /** Bytes of JPEGs from which on no more may be in flight. */
  readonly maxBytesInFlight: number;
  /** How to end after that failure, the last of too many. */
  conclude(error: CodedError): Conclusion;
  /** @throws CodedError where there is no connection, also when `signal` aborts */
  connect(listener: UplinkListener, signal: AbortSignal): Promise<Uplink>;
  /** The sender has ended, and so have its connections. */
  close(): void;
}
