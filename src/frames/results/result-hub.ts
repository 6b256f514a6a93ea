import type { PictureSize } from '../../protocol/jpeg/jpeg-size.ts';
import type { Detections } from '../../protocol/results/detection.ts';
import { CameraResults } from './camera-results.ts';
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

/** A picture for the detector that a program asks about. */
export interface AskedPicture extends PictureSize {
  readonly jpeg: Uint8Array;
  /** Of the program: `address:port`. */
  readonly address: string;
  /** Longest wait for the answer: milliseconds. */
  readonly timeoutMs: number;
}

/** @param jpeg the picture of the frame */
type ResultListener = (result: FrameResult, jpeg: Uint8Array) => void;

/** Connects a detector with the parts of the receiver that use its results: they do not know it. */
export class ResultHub {
  readonly #listeners = new Set<ResultListener>();
  /** Figures of each camera's results. */
  readonly cameras = new CameraResults();
  /** Results that could not be sent to the camera: it was away, or did not read. */
  unsent = 0;
  /** Has the detector look at a picture that is of no camera; undefined: there is none. Set by the detector. */
  ask: ((picture: AskedPicture) => Promise<Detections | undefined>) | undefined;
  /** Set by the detector; undefined: there is none. */
  readDetector: (() => DetectorStats) | undefined;

  /** Calls back for each result. Each listener must be quick, and must not throw. */
  onResult(listener: ResultListener): void {
    this.#listeners.add(listener);
  }

  tell(result: FrameResult, jpeg: Uint8Array): void {
    this.cameras.add(result);
    for (const listener of this.#listeners) listener(result, jpeg);
  }
}
