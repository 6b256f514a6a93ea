import type { StreamMark } from '../protocol/classic/classic-field.ts';
import type { Incoming } from '../protocol/stream-decoder.ts';
import type { ClockReading } from '../system/clock.ts';

/** Classic frames of one stream that wait for the name of their sender: more than kernels hold of one connection. */
const maxBytes = 16 * 2 ** 20;
const maxFrames = 4096;
/** Of these, bytes that each stream may hold however much others do: more than its sender sends before it is answered. */
const ownBytes = 2 ** 20;
/** The bytes that all streams may hold besides. */
const maxBytesInAll = 64 * 2 ** 20;

/** A frame of the classic wire, or a bad one in its place. */
export type ClassicIncoming = Extract<Incoming, { type: 'classic' | 'bad frame' }>;

export interface HeldFrame {
  readonly incoming: ClassicIncoming;
  /** When it came. */
  readonly received: ClockReading;
}

/** The memory that the held frames of all streams share. */
export class HoldBudget {
  #leftBytes = maxBytesInAll;

  acquire(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

/** Frames of one stream that came before its sender has said its name, in their order. */
export class HeldFrames {
  readonly #budget: HoldBudget;
  #frames: HeldFrame[] = [];
  #bytes = 0;
  /** Those of them that are of the budget. */
  #sharedBytes = 0;
  /** The highest sequence number of those that have one; 0: none. */
  newest = 0;

  constructor(budget: HoldBudget) {
    this.#budget = budget;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** False where there is no room for it. */
  add(held: HeldFrame): boolean {
    const bytes = this.#bytes + bytesOf(held.incoming);
    const sharedBytes = Math.max(0, bytes - ownBytes);
    if (this.#frames.length >= maxFrames || bytes > maxBytes) return false;
    if (!this.#budget.acquire(sharedBytes - this.#sharedBytes)) return false;
    [this.#bytes, this.#sharedBytes] = [bytes, sharedBytes];
    this.#frames.push(held);
    this.newest = markOf(held.incoming)?.sequence ?? this.newest;
    return true;
  }

  /** All of them, which are nobody's any more. */
  takeAll(): HeldFrame[] {
    const frames = this.#frames;
    this.#budget.release(this.#sharedBytes);
    [this.#frames, this.#bytes, this.#sharedBytes, this.newest] = [[], 0, 0, 0];
    return frames;
  }
}

export function markOf(incoming: ClassicIncoming): StreamMark | undefined {
  if (incoming.type === 'classic') return incoming.frame.mark;
  const { stream, sequence } = incoming;
  return stream === undefined || sequence === undefined ? undefined : { stream, sequence };
}

function bytesOf(incoming: ClassicIncoming): number {
  return incoming.type === 'classic' ? incoming.frame.jpeg.length : 0;
}
