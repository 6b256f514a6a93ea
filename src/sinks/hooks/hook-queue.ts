import { FairQueue } from '../../system/fair-queue.ts';
import type { HookEvent } from './hook-event.ts';

/** Of frames, which have their JPEGs with them, and of all else. */
const maxFrames = 16;
export const maxOthers = 1000;

/**
 * Events that wait for their command. Hosts have their turns, and so have the cameras of each. Where too many wait, the oldest is left out of
 * the host, and of its camera, that has most: a stranger's flood costs the stranger's own events. Of a camera's frames only the newest waits.
 */
export class HookQueue {
  readonly #waiting = new FairQueue<HookEvent>();

  get length(): number {
    return this.#waiting.length;
  }

  /** Those of each camera from one host in their order. */
  get events(): Iterable<HookEvent> {
    return this.#waiting;
  }

  /** Bytes of the JPEGs that wait. */
  get bytes(): number {
    let bytes = 0;
    for (const { jpeg } of this.#waiting) bytes += jpeg?.length ?? 0;
    return bytes;
  }

  /** How many were left out for it. */
  add(event: HookEvent): number {
    const isFrame = event.kind === 'frame';
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

  /** How many were left out. */
  clear(): number {
    const { length } = this.#waiting;
    this.#waiting.clear();
    return length;
  }
}
