import type { CapturedFrame, Delivery } from '../protocol/frame.ts';
import { BufferedFrameQueue, type BufferLimits } from './buffered-queue.ts';
import { EveryFrameQueue, type FrameQueue, LatestFrameQueue } from './frame-queue.ts';

export interface FrameQueueOptions extends BufferLimits {
  readonly delivery: Delivery;
  /** The source goes on whether or not anyone takes its frames; others wait. */
  readonly isLive: boolean;
}

/** The queue that fits how a source captures and how its frames are to be delivered. */
export function createFrameQueue(frames: AsyncIterable<CapturedFrame>, options: FrameQueueOptions): FrameQueue {
  if (options.delivery === 'latest') return new LatestFrameQueue(frames, options.meter);
  return options.isLive ? new BufferedFrameQueue(frames, options) : new EveryFrameQueue(frames, options.meter);
}
