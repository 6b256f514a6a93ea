import type { ErrorCode } from './errors.ts';
import { describeOversize, type FrameLimits } from './frame.ts';
import type { PictureSize } from './jpeg-size.ts';

/** Why a stretch of a stream is no picture that may pass. */
export interface Obstacle {
  readonly code: ErrorCode;
  /** Goes on in `skipped 12 bytes of ...: `, with the limit and the value where there is one. */
  readonly reason: string;
}

export const noJpeg: Obstacle = { code: 'NOT_JPEG', reason: 'no JPEG begins in them' };
export const tornJpeg: Obstacle = { code: 'TORN_FRAME', reason: 'a JPEG is torn, and another begins' };
export const cutJpeg: Obstacle = { code: 'TORN_FRAME', reason: 'the end came within a JPEG' };

export function brokenJpeg(reason: string): Obstacle {
  return { code: 'NOT_JPEG', reason: `a JPEG is broken: ${reason}` };
}

/** What of a JPEG is more than the limits allow, as far as it has come; undefined: nothing. */
export function findExcess(
  { length, size }: { readonly length: number; readonly size: PictureSize | undefined },
  limits: FrameLimits,
): Obstacle | undefined {
  const { maxFrameBytes } = limits;
  if (length > maxFrameBytes) {
    return { code: 'FRAME_TOO_LONG', reason: `a JPEG must be <= ${maxFrameBytes} bytes: it goes on` };
  }
  const oversize = size && describeOversize(size, limits);
  return oversize === undefined
    ? undefined
    : { code: 'PICTURE_TOO_LARGE', reason: `the size of a JPEG must be ${oversize}` };
}
