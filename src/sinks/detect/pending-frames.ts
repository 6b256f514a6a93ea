import type { AnswerPlace } from '../../protocol/results/answer.ts';
import type { CameraFrame } from './waiting-frames.ts';

/** A frame that a detector has and has not answered. */
export interface PendingFrame extends CameraFrame {
  /** When it was handed over, by `performance.now()`. */
  readonly givenMs: number;
}

/** The frames that one detector has and has not answered, in the order in which it got them. */
export class PendingFrames {
  #frames: PendingFrame[] = [];

  get length(): number {
    return this.#frames.length;
  }

  add(frame: PendingFrame): void {
    this.#frames.push(frame);
  }

  /**
   * Takes out the frame of an answer.
   * @param place that the answer names; undefined: it is about the oldest
   * @returns undefined where there is no such frame, or more than one
   */
  take(place: AnswerPlace | undefined): PendingFrame | undefined {
    if (place === undefined) return this.#frames.shift();
    const matching = this.#frames.filter((pending) => isAbout(place, pending));
    const [found] = matching;
    if (found === undefined || matching.length > 1) return undefined;
    this.#frames = this.#frames.filter((pending) => pending !== found);
    return found;
  }

  /** Takes out all. */
  clear(): PendingFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}

/** Each field that the answer has must be right. */
function isAbout({ sequence, stream, camera }: AnswerPlace, pending: PendingFrame): boolean {
  if (sequence !== pending.frame.sequence) return false;
  if (camera !== undefined && camera !== pending.camera.key) return false;
  return stream === undefined || stream === (pending.frame.stream ?? null);
}
