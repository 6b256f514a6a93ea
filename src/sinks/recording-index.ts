/** A recorded file; it may still be written. */
export interface RecordingInfo {
  /**
   * Printable, unique in a list, and the same in every list. It need not be a path, and is never
   * used as one.
   */
  readonly id: string;
  /** Key of the camera. */
  readonly camera: string;
  /**
   * Time of capture of its first frame, or of reception where that is not known: microseconds since
   * 1970, UTC.
   */
  readonly startedAtUs: number;
  /** Milliseconds; undefined: not known. */
  readonly durationMs: number | undefined;
  /** Of the file, so far. */
  readonly bytes: number;
  readonly isBeingWritten: boolean;
  /**
   * Whether `frames` can give its pictures: not those of a video that no longer consists of JPEGs.
   */
  readonly isPlayable: boolean;
}

/** A picture of a recording, as it was received. */
export interface RecordedFrame {
  readonly jpeg: Uint8Array;
  /** Microseconds since 1970, UTC. */
  readonly capturedAtUs: number;
}

/**
 * Lists, opens and reads recordings by their ids. An unknown id gives undefined, or no pictures.
 */
export interface RecordingIndex {
  /** In any order. */
  list(): Promise<RecordingInfo[]>;
  /** The path of the file, and its length by now. */
  open(id: string): Promise<{ readonly path: string; readonly bytes: number } | undefined>;
  /**
   * The pictures in the order of their times. They are read as fast as the reader takes them. Those
   * of a file that is still written end with the last one that is there now.
   * @param fromMs time of the first picture, in milliseconds after the start of the recording
   * @param signal ends the pictures; that is not an error
   * @throws CodedError when the file can no longer be read
   */
  frames(id: string, fromMs: number, signal: AbortSignal): AsyncIterable<RecordedFrame>;
}
