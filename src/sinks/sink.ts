import type { ErrorCode } from '../errors.ts';
import type { Camera } from '../frames/camera.ts';
import type { ConnectionStats, ReceivedFrame } from '../frames/received-frame.ts';
import type { MaybePromise } from '../system/maybe-promise.ts';

/** The files of a sink, and the room for them. */
export interface DiskStats {
  /** Bytes of its files. */
  readonly usedBytes: number;
  /** Bytes that are free in their file system. */
  readonly freeBytes: number;
  /** Files that were deleted as a limit wanted it. */
  readonly deletedFiles: number;
}

/** Frames of one camera that wait. */
export interface QueueStats {
  readonly camera: Pick<Camera, 'key'>;
  readonly frames: number;
  /** Bytes of their JPEGs. */
  readonly bytes: number;
}

/** The clients of a sink that serves some, such as a page. */
export interface ClientStats {
  /** Streams that are open now. */
  readonly viewers: number;
  /** Requests and connections that were rejected, by the reason. */
  readonly rejected: Readonly<Record<string, number>>;
}

/** How a sink does, since the receiver was started. */
export interface SinkStats {
  /** Its name in messages and metrics: save, record, ... */
  readonly name: string;
  /** Frames dealt with. */
  readonly done: number;
  /** Frames dropped, as the sink was behind or failed. */
  readonly dropped: number;
  /** Tries that failed. */
  readonly failures: number;
  /** Frames that wait for it now, and the bytes of their JPEGs. */
  readonly waitingFrames: number;
  readonly waitingBytes: number;
  /** The same by camera, one entry each, as it is when it is gone through; undefined where no camera has a queue of its own. */
  readonly queues?: Iterable<QueueStats> | undefined;
  /** Undefined where it keeps no files. */
  readonly disk?: DiskStats | undefined;
  /** Undefined where it serves none. */
  readonly clients?: ClientStats | undefined;
}

/** Something that takes received pictures. Deals with its own failures: it reports and counts them and never throws. */
export interface Sink {
  /**
   * True once the frame needs nothing more; a promise keeps the next frame of this sender waiting, and its acknowledgement: only a sink that
   * may lose nothing of the frame returns one. False when it is not accepted, as the program stops: it is not acknowledged then, so that it comes again.
   */
  write(frame: ReceivedFrame): MaybePromise<boolean>;
  /** The places where it serves others, such as a page; undefined: it serves none. */
  readonly addresses?: readonly { readonly address: string; readonly port: number }[];
  /** Whether it is handed a frame when the others have accepted it, and in the order of its sender: it reports accepted frames. */
  readonly isTold?: boolean;
  /** Undefined where nothing can wait or be dropped. */
  readonly stats?: SinkStats;
  /** Whether its work goes on, since this was asked last: false when some of it hangs, on a dead disk for one. */
  isFlowing?(): boolean;
  /** Everything is open, and the log says so. Work that may fail and be reported begins now. */
  start?(): void;
  /** The first frame of a sender is about to come. */
  connected?(connection: ConnectionStats): void;
  /** A sender that had sent frames is gone; `failure` says why, unless all is well. */
  disconnected?(connection: ConnectionStats, failure: ErrorCode | undefined): void;
  /** Whether it is closed after the others, because their last work causes events for it. */
  readonly closesLast?: boolean;
  /** No frame will come any more, and all promises have resolved; resolves when nothing is left to do. */
  close?(): Promise<void>;
}

/** Whether the frame is forgotten by its sender when it is accepted: it has to be on the disk then, where it is written to one. */
export function isDueOnDisk(frame: ReceivedFrame): boolean {
  return frame.connection.isAcknowledged && !isDroppable(frame);
}

/**
 * Whether the sender would rather lose the frame than wait: all but those of *every*. A stream may come before its delivery is known, and is
 * not to be lost then.
 */
export function isDroppable({ connection, stream }: ReceivedFrame): boolean {
  return connection.delivery === undefined ? stream === undefined : connection.delivery === 'latest';
}
