/** One recorded file, or what is written of it so far. */
export interface RecordingInfo {
  /** Printable, unique among those listed, the same in every list; need not be a path, and is never made into one. */
  readonly id: string;
  /** Key of the camera. */
  readonly camera: string;
  /** Capture, or else reception, of its first frame: microseconds since 1970, UTC. */
  readonly startedAtUs: number;
  /** Milliseconds; undefined where that is not known. */
  readonly durationMs: number | undefined;
  /** Of the file, so far. */
  readonly bytes: number;
  readonly isBeingWritten: boolean;
  /** Whether `frames` can give its pictures: those of a video that is no longer made of JPEGs it cannot. */
  readonly isPlayable: boolean;
}

/** A picture of a recording, as it was received. */
export interface RecordedFrame {
  readonly jpeg: Uint8Array;
  /** Microseconds since 1970, UTC. */
  readonly capturedAtUs: number;
}

/** What was recorded, for whoever lists, copies or plays it. Knows recordings by their ids; one that it does not know is undefined or empty. */
export interface RecordingIndex {
  /** In any order. */
  list(): Promise<RecordingInfo[]>;
  /** Where its bytes are: the path of a file that may be read to its end, and its length by now. */
  open(id: string): Promise<{ readonly path: string; readonly bytes: number } | undefined>;
  /**
   * Its pictures in the order of their times, read as they are asked for and no faster; what is being written ends with what is there now.
   * @param fromMs begins with the first picture that is so late after the start, or later
   * @param signal from its abort on no more come; that is no error
   * @throws CodedError when it can no longer be read
   */
  frames(id: string, fromMs: number, signal: AbortSignal): AsyncIterable<RecordedFrame>;
}
