import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { Segment } from './segment.ts';

/** When a segment ends; undefined: not for that. */
export interface SegmentLimits {
  /** Milliseconds from the first picture on. */
  readonly ms?: number | undefined;
  readonly frames?: number | undefined;
  readonly bytes?: number | undefined;
}

/** What is being recorded of a camera. */
export interface ActiveRecording {
  readonly segment: Segment;
  readonly camera: Camera;
  /** From the folder of all recordings on. */
  readonly path: string;
  /** Of its first picture: microseconds since 1970, UTC. */
  readonly startUs: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** By a clock that is never set: milliseconds. */
  readonly openedAtMs: number;
  frames: number;
  /** Of its file, as far as they are counted for the camera. */
  countedBytes: number;
  /** Of its last picture. */
  lastUs: number;
  lastReceivedUs: number;
  /** Another file has to begin, for some reason. */
  isDone: boolean;
}

/** A clock that was set, rather than a picture that came late. */
const jumpUs = 10_000_000;
/** Of what a file can tell, which is twice that: four years. */
const maxSpanUs = 2 ** 47;
/** Whatever is later than ten years was not captured then. */
const maxLateUs = 10 * 365 * 86_400_000_000;
/** Pictures come late now and then: the clock of who takes them counts. */
const lateMs = 5000;

/** A camera that comes back within that time goes on in its file: one that posts pictures may have a connection for each. */
const lingerMs = { min: 3000, max: 60_000, gaps: 3 } as const;

/** How long the file of a camera that went waits for it: milliseconds; longer where it shows a picture now and then only. */
export function lingerMsOf({ history }: Camera, nowUs: number): number {
  const [previous, last] = history.since(nowUs).slice(-2);
  const gapMs = previous === undefined || last === undefined ? 0 : (last.at - previous.at) * 1000;
  return Math.min(lingerMs.max, Math.max(lingerMs.min, gapMs * lingerMs.gaps));
}

/** That frame was added. @param isWhole whether it is in the file */
export function noteFrame(recording: ActiveRecording, frame: ReceivedFrame, isWhole: boolean): void {
  if (isWhole) recording.frames++;
  recording.lastUs = timeOf(frame);
  recording.lastReceivedUs = frame.receivedAtUs;
  countWritten(recording);
}

/** Counts for its camera what its file has grown by. */
export function countWritten(recording: ActiveRecording): void {
  const { bytes } = recording.segment;
  recording.camera.countWritten('record', Math.max(0, bytes - recording.countedBytes));
  recording.countedBytes = bytes;
}

/** Of its capture as its sender says it, or else of its reception: microseconds since 1970, UTC. */
export function timeOf({ capturedAtUs, receivedAtUs }: ReceivedFrame): number {
  return capturedAtUs === undefined || capturedAtUs < 0 ? receivedAtUs : capturedAtUs;
}

/** The same by the clock of this machine, where the clocks are compared. */
export function ownTimeOf({ receivedAtUs, latency }: ReceivedFrame): number {
  const us = latency?.us ?? 0;
  return us > 0 && us < maxLateUs ? receivedAtUs - us : receivedAtUs;
}

/** Whether a frame goes into another file, as this one has reached a limit or it does not fit to it. */
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

/** Whether the camera makes another file begin before any limit does: its clock was set, or its pictures have another size. */
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

/** Whether it would have too many bytes with that frame. */
export function isOver({ segment }: ActiveRecording, frameBytes: number, { bytes }: SegmentLimits): boolean {
  return bytes !== undefined && segment.bytes + frameBytes > bytes;
}

/** Time goes back, or far ahead of ours: the clock was set. */
function hasJumped(recording: ActiveRecording, frame: ReceivedFrame): boolean {
  const timeUs = timeOf(frame);
  if (timeUs < recording.lastUs || timeUs - recording.startUs > maxSpanUs) return true;
  return timeUs - recording.lastUs - (frame.receivedAtUs - recording.lastReceivedUs) > jumpUs;
}

/** Whether it has been open for longer than it lasts: no picture comes that would end it. */
export function isOverdue({ openedAtMs }: ActiveRecording, nowMs: number, { ms }: SegmentLimits): boolean {
  return ms !== undefined && nowMs - openedAtMs >= ms + lateMs;
}
