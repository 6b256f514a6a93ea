import type { FrameResult } from './frame-result.ts';

/** The detector of a receiver, for figures. */
export interface DetectorStats {
  /** Answers that were about a frame. */
  readonly answers: number;
  /** Lines that were answers to no frame that the detector had. */
  readonly mismatches: number;
  /** Lines that were no answers. */
  readonly unreadable: number;
  /** Detections that were not as they must be. */
  readonly refused: number;
  /** Times that a program of it was started again. */
  readonly restarts: number;
}

type ResultListener = (result: FrameResult) => void;

/** Connects a detector with the parts of the receiver that use its results: they do not know it. */
export class ResultHub {
  readonly #listeners = new Set<ResultListener>();
  /** Set by the detector; undefined: there is none. */
  readDetector: (() => DetectorStats) | undefined;

  /** Calls back for each result. Each listener must be quick, and must not throw. */
  onResult(listener: ResultListener): void {
    this.#listeners.add(listener);
  }

  tell(result: FrameResult): void {
    for (const listener of this.#listeners) listener(result);
  }
}
