import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import type { RecordingKind } from './recording-name.ts';

/** A file of pictures that is being written. */
export interface Segment {
  /** Of the file so far. */
  readonly bytes: number;
  /**
   * @param atUs its time after the first one's, not before the last one's
   * @returns false where such a picture cannot be in such a file, as it is damaged
   * @throws CodedError OUTPUT_FAILED: it is not in the file then
   */
  add(frame: ReceivedFrame, atUs: number): Promise<boolean>;
  /** Resolves when all that was added by now is on the disk; undefined where nobody can know. @throws CodedError OUTPUT_FAILED */
  sync?(): Promise<void>;
  /** Completes and closes the file. @throws CodedError OUTPUT_FAILED: it is closed all the same */
  finish(): Promise<void>;
}

/** What a segment is known by when it begins. */
export interface SegmentStart {
  /** Capture of its first picture: microseconds since 1970, UTC. */
  readonly startUs: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** What people call the camera. */
  readonly title: string;
}

export interface SegmentFormat {
  readonly kind: RecordingKind;
  /**
   * Begins a file where there is none.
   * @throws the system's error with code EEXIST where there is one, or another
   */
  open(path: string, start: SegmentStart, sync: DiskSync): Promise<Segment>;
  /** What a picture takes in the file, or more. */
  measure(frame: ReceivedFrame): number;
}
