import { ProtocolError } from './errors.ts';
import type { PictureSize } from './jpeg/jpeg-size.ts';

/** One picture: a source makes it, a connection carries it, and a sink takes it. */
export interface Frame {
  /** A whole JPEG, from its SOI to its EOI mark. */
  readonly jpeg: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /**
   * When the picture was captured, by the wall clock of that machine: microseconds since 1970, UTC.
   */
  readonly capturedAtUs: number;
}

/** When a picture was captured, by both clocks of that machine. */
export interface CaptureTime {
  /** Wall clock: microseconds since 1970, UTC. */
  readonly capturedAtUs: number;
  /** A clock that is never set: microseconds since any moment. */
  readonly capturedMonotonicUs: number;
}

/** A frame on the machine that captured it. */
export interface CapturedFrame extends Frame, CaptureTime {}

/** A frame with its place in its stream. */
export interface NumberedFrame extends CapturedFrame {
  /**
   * Counts the frames that the source captured, from 1. A number that never arrives belongs to a
   * frame that was dropped.
   */
  readonly sequence: number;
}

/**
 * `latest`: a newer frame takes the place of one that waits. `every`: all frames in their order,
 * each once.
 */
export type Delivery = 'latest' | 'every';

/** The limits that a decoder keeps, whatever the bytes claim. */
export interface FrameLimits {
  /** Bytes of a JPEG, on every wire: neither its base64 nor the fields around it count. */
  readonly maxFrameBytes: number;
  /** Pixels. */
  readonly maxWidth: number;
  /** Pixels. */
  readonly maxHeight: number;
}

export const defaultFrameLimits: FrameLimits = { maxFrameBytes: 16_000_000, maxWidth: 4096, maxHeight: 4096 };

/** @throws ProtocolError FRAME_TOO_LONG */
export function checkJpegBytes(bytes: number, limits: FrameLimits): void {
  const excess = describeExcess(bytes, limits);
  if (excess !== undefined) throw frameTooLong(excess);
}

/** @param excess the limit and the value */
export function frameTooLong(excess: string): ProtocolError {
  return new ProtocolError('FRAME_TOO_LONG', `Cannot accept a frame as its JPEG must be ${excess}`);
}

/** The limit and the value, where a JPEG is over it. */
export function describeExcess(bytes: number, { maxFrameBytes }: FrameLimits): string | undefined {
  return bytes <= maxFrameBytes ? undefined : `<= ${maxFrameBytes} bytes: it has ${bytes}`;
}

/** @throws ProtocolError PICTURE_TOO_LARGE */
export function checkPictureSize(size: PictureSize, limits: FrameLimits): void {
  const oversize = describeOversize(size, limits);
  if (oversize === undefined) return;
  throw new ProtocolError('PICTURE_TOO_LARGE', `Cannot accept a picture as its size must be ${oversize}`);
}

/** The limit and the value, where one side of a picture is over it. */
export function describeOversize({ width, height }: PictureSize, limits: FrameLimits): string | undefined {
  const { maxWidth, maxHeight } = limits;
  if (width <= maxWidth && height <= maxHeight) return undefined;
  return `<= ${maxWidth}x${maxHeight}: it is ${width}x${height}`;
}
