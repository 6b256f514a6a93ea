import type { CapturedFrame, Delivery } from '../../protocol/frame.ts';
import { BufferedFeed, type BufferLimits } from './buffered-feed.ts';
import { EveryFeed, type Feed, LatestFeed } from './feed.ts';

export interface FeedOptions extends BufferLimits {
  readonly delivery: Delivery;
  /** The source goes on whether or not anyone takes its frames; others wait. */
  readonly isLive: boolean;
}

/** The feed that fits how a source captures and how its frames are to be delivered. */
export function createFeed(frames: AsyncIterable<CapturedFrame>, options: FeedOptions): Feed {
  if (options.delivery === 'latest') return new LatestFeed(frames);
  return options.isLive ? new BufferedFeed(frames, options) : new EveryFeed(frames);
}
