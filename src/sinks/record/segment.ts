import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import type { RecordingKind } from './recording-name.ts';

/** A file of pictures that is being written. */
export interface Segment {
  /** Length of the file so far. */
  readonly bytes: number;
  /**
   * Adds a picture.
   * @param atUs time after the first picture, not before the last picture
   * @returns false where the file cannot hold the picture, as it is damaged
   * @throws CodedError OUTPUT_FAILED; the picture is not in the file then
   */
  add(frame: ReceivedFrame, atUs: number): Promise<boolean>;
  /**
   * Resolves when all pictures added by now are on the disk; undefined where the format cannot
   * know.
   * @throws CodedError OUTPUT_FAILED
   */
  sync?(): Promise<void>;
  /** Completes and closes the file. @throws CodedError OUTPUT_FAILED; it is closed all the same */
  finish(): Promise<void>;
}

/** The facts of a segment at its beginning. */
export interface SegmentStart {
  /** Capture of the first picture: microseconds since 1970, UTC. */
  readonly startUs: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** The name of the camera for people. */
  readonly title: string;
}

export interface SegmentFormat {
  readonly kind: RecordingKind;
  /**
   * Begins a file where there is none.
   * @throws the system's error; its code is EEXIST where there is a file
   */
  open(path: string, start: SegmentStart, sync: DiskSync): Promise<Segment>;
  /** The bytes that a picture takes in the file, at most. */
  measure(frame: ReceivedFrame): number;
}
