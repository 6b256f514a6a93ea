import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { Segment } from './segment.ts';

/** The limits at which a segment ends; undefined: no such limit. */
export interface SegmentLimits {
  /** Milliseconds from the first picture. */
  readonly ms?: number | undefined;
  readonly frames?: number | undefined;
  readonly bytes?: number | undefined;
}

/** The file that a camera is being recorded to. */
export interface ActiveRecording {
  readonly segment: Segment;
  readonly camera: Camera;
  /** Path, relative to the folder of all recordings. */
  readonly path: string;
  /** Time of the first picture: microseconds since 1970, UTC. */
  readonly startUs: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** When the file was opened, by a clock that is never set: milliseconds. */
  readonly openedAtMs: number;
  frames: number;
  /** Bytes of the file that are already counted for the camera. */
  countedBytes: number;
  /** Time of the last picture. */
  lastUs: number;
  lastReceivedUs: number;
  /** The next picture goes into another file. */
  isDone: boolean;
}

/** A larger jump means that the clock was set, and not that the picture came late. */
const jumpUs = 10_000_000;
/** Four years: half of the time that a file can hold. */
const maxSpanUs = 2 ** 47;
/** A latency of more than ten years is wrong. */
const maxLateUs = 10 * 365 * 86_400_000_000;
/** A file waits so long for pictures that come late. */
const lateMs = 5000;

/**
 * A camera that comes back within that time goes on in its file: a camera that posts pictures may
 * have a connection for each.
 */
const lingerMs = { min: 3000, max: 60_000, gaps: 3 } as const;

/**
 * How long the file of a camera that went waits for it: milliseconds; longer for a camera that
 * sends only now and then.
 */
export function lingerMsOf({ history }: Camera, nowUs: number): number {
  const [previous, last] = history.since(nowUs).slice(-2);
  const gapMs = previous === undefined || last === undefined ? 0 : (last.at - previous.at) * 1000;
  return Math.min(lingerMs.max, Math.max(lingerMs.min, gapMs * lingerMs.gaps));
}

/** Notes that a frame was added. @param isWhole whether it is in the file */
export function noteFrame(recording: ActiveRecording, frame: ReceivedFrame, isWhole: boolean): void {
  if (isWhole) recording.frames++;
  recording.lastUs = timeOf(frame);
  recording.lastReceivedUs = frame.receivedAtUs;
  countWritten(recording);
}

/** Counts for the camera the bytes by which the file has grown. */
export function countWritten(recording: ActiveRecording): void {
  const { bytes } = recording.segment;
  recording.camera.countWritten('record', Math.max(0, bytes - recording.countedBytes));
  recording.countedBytes = bytes;
}

/**
 * The time of capture that the sender gives, or else the time of reception: microseconds since
 * 1970, UTC.
 */
export function timeOf({ capturedAtUs, receivedAtUs }: ReceivedFrame): number {
  return capturedAtUs === undefined || capturedAtUs < 0 ? receivedAtUs : capturedAtUs;
}

/** The time of capture by the clock of this machine, where the clocks are compared. */
export function ownTimeOf({ receivedAtUs, latency }: ReceivedFrame): number {
  const us = latency?.us ?? 0;
  return us > 0 && us < maxLateUs ? receivedAtUs - us : receivedAtUs;
}

/**
 * Whether a frame goes into another file, as this one has reached a limit or holds pictures of
 * another size.
 */
export function endsBefore(
  recording: ActiveRecording,
  frame: ReceivedFrame,
  frameBytes: number,
  limits: SegmentLimits,
): boolean {
  const { ms, frames } = limits;
  return (
    recording.isDone ||
    recording.width !== frame.width ||
    recording.height !== frame.height ||
    (frames !== undefined && recording.frames >= frames) ||
    isOver(recording, frameBytes, limits) ||
    (ms !== undefined && timeOf(frame) - recording.startUs >= ms * 1000) ||
    hasJumped(recording, frame)
  );
}

/**
 * Whether the camera makes another file begin before any limit does: its clock was set, or its
 * pictures have another size.
 */
export function isUnasked(recording: ActiveRecording, frame: ReceivedFrame, { ms }: SegmentLimits): boolean {
  if (recording.isDone) return false;
  if (recording.width !== frame.width || recording.height !== frame.height || hasJumped(recording, frame)) return true;
  // Its clock may go faster than ours.
  return (
    ms !== undefined &&
    timeOf(frame) - recording.startUs >= ms * 1000 &&
    performance.now() - recording.openedAtMs < ms / 2
  );
}

/** Whether the file would have too many bytes with that frame. */
export function isOver({ segment }: ActiveRecording, frameBytes: number, { bytes }: SegmentLimits): boolean {
  return bytes !== undefined && segment.bytes + frameBytes > bytes;
}

/** Whether the clock of the camera was set: its time goes back, or far ahead of ours. */
function hasJumped(recording: ActiveRecording, frame: ReceivedFrame): boolean {
  const timeUs = timeOf(frame);
  if (timeUs < recording.lastUs || timeUs - recording.startUs > maxSpanUs) return true;
  return timeUs - recording.lastUs - (frame.receivedAtUs - recording.lastReceivedUs) > jumpUs;
}

/**
 * Whether the file has been open for longer than a segment lasts: no picture comes that would end
 * it.
 */
export function isOverdue({ openedAtMs }: ActiveRecording, nowMs: number, { ms }: SegmentLimits): boolean {
  return ms !== undefined && nowMs - openedAtMs >= ms + lateMs;
}
