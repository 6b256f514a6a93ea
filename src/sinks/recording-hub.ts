import type { Camera } from '../frames/camera.ts';
import type { RecordingIndex } from './recording-index.ts';

/** A file that is complete. */
export interface FinishedSegment {
  readonly camera: Camera;
  readonly path: string;
  /** Capture of its first picture: milliseconds since 1970, UTC. */
  readonly startedAtMs: number;
  /** The time from its first picture to its last one. */
  readonly durationMs: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Connects the sink that records with the sinks that use recordings: neither knows the other. */
export class RecordingHub {
  readonly #listeners = new Set<(segment: FinishedSegment) => void>();
  /** Set by the sink that records, which is opened first; undefined: nothing is recorded. */
  index: RecordingIndex | undefined;

  onFinished(listener: (segment: FinishedSegment) => void): void {
    this.#listeners.add(listener);
  }

  tellFinished(segment: FinishedSegment): void {
    for (const listener of this.#listeners) listener(segment);
  }
}
