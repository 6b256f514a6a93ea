import type { Camera } from '../../cameras/camera.ts';
import type { ReceivedFrame } from '../../link/receiving/received-frame.ts';
import type { Segment } from './segment.ts';

/** When a segment ends; undefined: not for that. */
export interface SegmentLimits {
  /** Milliseconds from the first picture on. */
  readonly ms?: number | undefined;
  readonly frames?: number | undefined;
  readonly bytes?: number | undefined;
}

/** What is being recorded of a camera. */
export interface Take {
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
const mostSpanUs = 2 ** 47;
/** Whatever is later than ten years was not captured then. */
const mostLateUs = 10 * 365 * 86_400_000_000;
/** Pictures come late now and then: the clock of who takes them counts. */
const lateMs = 5000;

/** A camera that comes back within that time goes on in its file: one that posts pictures may have a connection for each. */
const lingerMs = { least: 3000, most: 60_000, gaps: 3 } as const;

/** How long the file of a camera that went waits for it: milliseconds; longer where it shows a picture now and then only. */
export function lingerMsOf({ history }: Camera, nowUs: number): number {
  const [previous, last] = history.since(nowUs).slice(-2);
  const gapMs = previous === undefined || last === undefined ? 0 : (last.at - previous.at) * 1000;
  return Math.min(lingerMs.most, Math.max(lingerMs.least, gapMs * lingerMs.gaps));
}

/** That frame was added. @param isWhole whether it is in the file */
export function noteFrame(take: Take, frame: ReceivedFrame, isWhole: boolean): void {
  if (isWhole) take.frames++;
  take.lastUs = timeOf(frame);
  take.lastReceivedUs = frame.receivedAtUs;
  countWritten(take);
}

/** Counts for its camera what its file has grown by. */
export function countWritten(take: Take): void {
  const { bytes } = take.segment;
  take.camera.write('record', Math.max(0, bytes - take.countedBytes));
  take.countedBytes = bytes;
}

/** Of its capture as its sender says it, or else of its reception: microseconds since 1970, UTC. */
export function timeOf({ capturedAtUs, receivedAtUs }: ReceivedFrame): number {
  return capturedAtUs === undefined || capturedAtUs < 0 ? receivedAtUs : capturedAtUs;
}

/** The same by the clock of this machine, where the clocks are compared. */
export function ownTimeOf({ receivedAtUs, lateness }: ReceivedFrame): number {
  const us = lateness?.us ?? 0;
  return us > 0 && us < mostLateUs ? receivedAtUs - us : receivedAtUs;
}

/** Whether a frame goes into another file, as this one has reached a limit or it does not fit to it. */
export function endsBefore(take: Take, frame: ReceivedFrame, frameBytes: number, limits: SegmentLimits): boolean {
  const { ms, frames } = limits;
  return (
    take.isDone ||
    take.width !== frame.width ||
    take.height !== frame.height ||
    (frames !== undefined && take.frames >= frames) ||
    isOver(take, frameBytes, limits) ||
    (ms !== undefined && timeOf(frame) - take.startUs >= ms * 1000) ||
    hasJumped(take, frame)
  );
}

/** Whether the camera makes another file begin before any limit does: its clock was set, or its pictures have another size. */
export function isUnasked(take: Take, frame: ReceivedFrame, { ms }: SegmentLimits): boolean {
  if (take.isDone) return false;
  if (take.width !== frame.width || take.height !== frame.height || hasJumped(take, frame)) return true;
  // Its clock may go faster than ours.
  return ms !== undefined && timeOf(frame) - take.startUs >= ms * 1000 && performance.now() - take.openedAtMs < ms / 2;
}

/** Whether it would have too many bytes with that frame. */
export function isOver({ segment }: Take, frameBytes: number, { bytes }: SegmentLimits): boolean {
  return bytes !== undefined && segment.bytes + frameBytes > bytes;
}

/** Time goes back, or far ahead of ours: the clock was set. */
function hasJumped(take: Take, frame: ReceivedFrame): boolean {
  const timeUs = timeOf(frame);
  if (timeUs < take.lastUs || timeUs - take.startUs > mostSpanUs) return true;
  return timeUs - take.lastUs - (frame.receivedAtUs - take.lastReceivedUs) > jumpUs;
}

/** Whether it has been open for longer than it lasts: no picture comes that would end it. */
export function isOverdue({ openedAtMs }: Take, nowMs: number, { ms }: SegmentLimits): boolean {
  return ms !== undefined && nowMs - openedAtMs >= ms + lateMs;
}
