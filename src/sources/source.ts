import type { CapturedFrame } from '../protocol/frame.ts';
import type { SkipLog } from './skip-log.ts';

/** A source that is open. */
export interface Source {
  /** Ends when the source does or the signal aborts. */
  readonly frames: AsyncIterable<CapturedFrame>;
  /** True for a camera, which makes frames all the time; false for a file, which waits until its frames are asked for. */
  readonly isLive: boolean;
  /** Frames to come, where the source knows and ends; else 0. */
  readonly frameCount: number;
  /** Counts the input that was no picture. */
  readonly skipped: SkipLog;
}
