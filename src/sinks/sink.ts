import type { ReceivedFrame, Sender } from '../link/receiving/received-frame.ts';

/** Something that takes received pictures. Deals with its own failures: it reports and counts them and never throws. */
export interface Sink {
  /**
   * True once the frame needs nothing more; a promise keeps the next frame of this sender waiting. False when it is not taken, as the
   * program stops: it is not acknowledged then, so that it comes again.
   */
  take(frame: ReceivedFrame): boolean | Promise<boolean>;
  /** Whether its work goes on, since this was asked last: false when some of it hangs, on a dead disk for one. */
  isFlowing?(): boolean;
  /** A sender that had sent frames is gone. */
  leave?(sender: Sender): void;
  /** No frame will come any more, and all promises have resolved; resolves when nothing is left to do. */
  close?(): Promise<void>;
}
