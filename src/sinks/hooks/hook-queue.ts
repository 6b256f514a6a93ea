import type { HookEvent } from './hook-event.ts';

/** Of frames, which have their JPEGs with them, and of all else. */
const mostFrames = 16;
const mostOthers = 1000;

/** Events that wait for their command: the oldest is left out where too many do, and of a camera's frames only the newest waits. */
export class HookQueue {
  #waiting: HookEvent[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** The oldest first. */
  get events(): readonly HookEvent[] {
    return this.#waiting;
  }

  /** Bytes of the JPEGs that wait. */
  get bytes(): number {
    return this.#waiting.reduce((bytes, { jpeg }) => bytes + (jpeg?.length ?? 0), 0);
  }

  /** How many were left out for it. */
  add(event: HookEvent): number {
    const at = event.kind === 'frame' ? this.#waiting.findIndex(({ camera }) => camera === event.camera) : -1;
    // In the place of the one before it, so that each camera has its turn.
    if (at >= 0) {
      this.#waiting[at] = event;
      return 1;
    }
    this.#waiting.push(event);
    const most = event.kind === 'frame' ? mostFrames : mostOthers;
    return this.#waiting.splice(0, Math.max(0, this.#waiting.length - most)).length;
  }

  next(): HookEvent | undefined {
    return this.#waiting.shift();
  }

  /** How many were left out. */
  clear(): number {
    return this.#waiting.splice(0).length;
  }
}
