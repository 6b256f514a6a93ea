import type { CodedError, ErrorCode } from '../errors.ts';
import type { MaybePromise } from '../system/maybe-promise.ts';
import type { ConnectionStats, ReceivedFrame } from './received-frame.ts';

/** Takes the frames of connections, one of a connection at a time. */
export interface FrameHandler {
  /** Its first frame is about to be delivered. */
  connected(connection: ConnectionStats): void;
  /** Something about it that a person should know, in a few words. */
  notice(connection: ConnectionStats, what: string): void;
  /**
   * True once the frame needs nothing more, so that it can be acknowledged; a promise keeps the next frame of this connection waiting.
   * False: the frame is not accepted, and neither is what follows. Must not throw.
   */
  deliver(frame: ReceivedFrame): MaybePromise<boolean>;
}

/** Follows connections, and takes their frames. */
export interface ConnectionHandler extends FrameHandler {
  /** A connection was rejected at once: it got no slot, or TLS failed. */
  rejected(code: ErrorCode): void;
  /** It is gone, whether it brought a frame or not; `error` says why, unless it ended between two frames. */
  disconnected(connection: ConnectionStats, error: CodedError | undefined): void;
}
