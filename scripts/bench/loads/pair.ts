import type { Child } from '../../../test/support/child.ts';
import { timeoutMs } from '../support.ts';

/** The pictures that are sent, and how. */
export interface Load {
  /** A folder of JPEGs, sent over and over in the order of their names; a video file where the sender plays one. */
  readonly source: string;
  /** Of sending. */
  readonly seconds: number;
  /** Seconds from frame to frame; 0: as fast as it goes. */
  readonly intervalS: number;
  /** Seconds at the beginning, 0 without it, in which a pipe gets 500 pictures a second: V8 compiles code that runs often. */
  readonly warmUpS?: number;
}

/** A sender and its receiver, both at work; `await using` stops them. */
export interface Pair extends AsyncDisposable {
  readonly sender: Child;
  readonly receiver: Child;
  /** Waits for the first frame: on a busy machine programs take long to start. */
  started(): Promise<void>;
  /** Waits until all is sent, and gives frames per second by the receiver's clock. */
  end(): Promise<number>;
}

export function makePair(ends: Omit<Pair, typeof Symbol.asyncDispose>): Pair {
  const stop = async () => {
    await ends.sender.stop();
    await ends.receiver.stop();
  };
  return { ...ends, [Symbol.asyncDispose]: stop };
}

/** Frames per second over a whole run of a pair. */
export async function timePair(starting: Promise<Pair>): Promise<{ readonly fps: number }> {
  await using pair = await starting;
  return { fps: await pair.end() };
}

/** Milliseconds within which a run of so many seconds is over. */
export function limitMs({ seconds }: Load): number {
  return seconds * 1000 + timeoutMs;
}
