import { FairQueue } from '../../system/fair-queue.ts';
import type { HookEvent } from './hook-event.ts';

/** Frames hold their JPEGs, so that fewer of them may wait than of other events. */
const maxFrames = 16;
export const maxOthers = 1000;

/**
 * Events that wait for their command. Hosts take turns, and so do the cameras of each host. Where
 * too many wait, the oldest event of the host, and of its camera, that has most is dropped: a host
 * that floods the queue loses its own events. Of the frames of a camera only the newest waits.
 */
export class HookQueue {
  readonly #waiting = new FairQueue<HookEvent>();

  get length(): number {
    return this.#waiting.length;
  }

  /** The events of each camera of a host are in their order. */
  get events(): Iterable<HookEvent> {
    return this.#waiting;
  }

  /** Bytes of the JPEGs that wait. */
  get bytes(): number {
    let bytes = 0;
    for (const { jpeg } of this.#waiting) bytes += jpeg?.length ?? 0;
    return bytes;
  }

  /** Adds an event. Returns how many were dropped for it. */
  add(event: HookEvent): number {
    const isFrame = event.jpeg !== undefined;
    const owners = [event.host, event.camera];
    const ofCamera = this.#waiting.add(event, owners);
    if (isFrame && ofCamera > 1) {
      this.#waiting.dropOldest(owners);
      return 1;
    }
    if (this.#waiting.length <= (isFrame ? maxFrames : maxOthers)) return 0;
    this.#waiting.dropOldest();
    return 1;
  }

  next(): HookEvent | undefined {
    return this.#waiting.next();
  }

  /** Drops all events. Returns how many. */
  clear(): number {
    const { length } = this.#waiting;
    this.#waiting.clear();
    return length;
  }
}
