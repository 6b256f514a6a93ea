import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { formatBytes } from '../../system/byte-units.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { RateLimit } from '../../system/rate-limit.ts';
import type { Retention } from '../disk/retention.ts';
import { endsBefore, isOver, isUnasked, type SegmentLimits } from './active-recording.ts';
import type { ActiveRecordings } from './active-recordings.ts';

/**
 * Each file takes at most such a part of the room, so that there is always an older one to delete.
 */
const shareOfRoom = 1 / 4;
const minBytes = 65_536;
/**
 * A camera may set its clock or change the size of its pictures so often: one that did it all the
 * time would have a file for each picture.
 */
const restarts = { burst: 20, perSecond: 2 } as const;

/** Ends the file of a camera where its next frame goes into another. */
export class SegmentRotation {
  readonly #segment: SegmentLimits;
  readonly #recordings: ActiveRecordings;
  readonly #retention: Retention;
  readonly #log: LimitedLog;
  /** Limits how often a camera makes another file begin. */
  readonly #restarts = new RateLimit(restarts);
  #hasToldShort = false;

  constructor(segment: SegmentLimits, recordings: ActiveRecordings, retention: Retention, log: LimitedLog) {
    this.#segment = segment;
    this.#recordings = recordings;
    this.#retention = retention;
    this.#log = log;
  }

  /**
   * @param bytes that the frame takes in its file
   * @throws CodedError OUTPUT_FAILED where the camera makes another file begin too often
   */
  endBefore(frame: ReceivedFrame, camera: Camera, bytes: number): void {
    const { key } = camera;
    this.#endForgotten(camera);
    const recording = this.#recordings.get(key);
    const limits = this.#limits;
    if (recording === undefined || !endsBefore(recording, frame, bytes, limits)) return;
    if (isUnasked(recording, frame, limits) && !this.#restarts.take(key)) throw tooOften(key);
    if (isOver(recording, bytes, limits)) this.#tellShort(limits.bytes);
    this.#recordings.end(key);
  }

  /** A file of a camera that was forgotten is not that of the next one of its name. */
  #endForgotten(camera: Camera): void {
    const before = this.#recordings.get(camera.key)?.camera;
    if (before !== undefined && before !== camera && before.isForgotten) this.#recordings.end(camera.key);
  }

  get #limits(): SegmentLimits & { readonly bytes: number } {
    const share = (this.#retention.capacityBytes * shareOfRoom) / Math.max(1, this.#recordings.size);
    const max = Math.max(share, minBytes);
    return { ...this.#segment, bytes: Math.min(this.#segment.bytes ?? max, max) };
  }

  /** Says once that files are shorter than the user may have asked for. */
  #tellShort(bytes: number): void {
    if (this.#hasToldShort || bytes === this.#segment.bytes) return;
    this.#hasToldShort = true;
    const reason = 'so that an older one can always be deleted to keep --record-size and --record-keep-free';
    this.#log.info('short', `Each recording ends at ${formatBytes(bytes)}, before --segment, ${reason}`);
  }
}

function tooOften(key: string): CodedError {
  const limit = `${restarts.burst} times in a row, and ${restarts.perSecond} times a second after that`;
  const reason = `its clock may be set, and the size of its pictures change, ${limit}: they do more often`;
  return new CodedError('OUTPUT_FAILED', `Cannot record ${key} as ${reason}`);
}
