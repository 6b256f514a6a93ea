import type { ReceivedFrame, Sender } from '../link/received-frame.ts';

/** Something that takes received pictures. Deals with its own failures: it reports and counts them and never throws. */
export interface Sink {
  /** A promise keeps the next frame of this sender waiting until it resolves; without one the frame is taken. */
  take(frame: ReceivedFrame): void | Promise<void>;
  /** A sender that had sent frames is gone. */
  leave?(sender: Sender): void;
  /** No frame will come any more, and all promises have resolved; resolves when nothing is left to do. */
  close?(): Promise<void>;
}
