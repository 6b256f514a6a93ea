import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { DiskStats } from '../sink.ts';

/** The work on each frame of a queue, one of a camera at a time unless the options say more. */
export interface FrameProcessor {
  /** Resolves when work for that camera can be done; undefined: it can. Other cameras have their turn meanwhile. */
  roomFor?(camera: Camera): Promise<void> | undefined;
  /** Resolves when a piece of work can be done, with the function to call when it is: until then frames wait, and one is picked only then. */
  ready?(): Promise<() => void>;
  /**
   * @returns work that is still to come, where there is some: the next frame of the camera is worked on meanwhile
   * @throws CodedError whose message says what could not be done, and why
   */
  process(frame: ReceivedFrame, camera: Camera): Promise<void> | Promise<UnsettledWork | undefined>;
  /** The camera is gone, and all of its frames that could be dealt with are. */
  disconnected?(camera: Camera): Promise<void>;
  /** Undefined where it keeps no files. */
  readonly disk?: DiskStats | undefined;
  /** Nothing more will come. */
  close?(): Promise<void>;
}

/** Work on a frame that nothing has to wait for but its sender. */
export interface UnsettledWork {
  /** Rejects as `process` does: the frame is worked on once more then. */
  readonly settled: Promise<void>;
}
