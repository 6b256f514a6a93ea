import type { ErrorCode } from '../../errors.ts';
import { describeExcess, describeOversize, type FrameLimits } from '../frame.ts';
import type { PictureSize } from './jpeg-size.ts';

/** The reason why bytes of a stream are skipped. */
export interface Problem {
  readonly code: ErrorCode;
  /** Follows `skipped 12 bytes of ...: `, with the limit and the value where there is a limit. */
  readonly reason: string;
  /** These bytes belong to the same JPEG as the bytes skipped before: it is too long. */
  readonly isRest?: boolean;
}

export const noJpeg: Problem = { code: 'NOT_JPEG', reason: 'no JPEG begins in them' };
export const tornJpeg: Problem = { code: 'TORN_FRAME', reason: 'a JPEG is torn, and another begins' };
export const cutJpeg: Problem = { code: 'TORN_FRAME', reason: 'the end came within a JPEG' };

/** Whether no JPEG begins in the bytes, not even a bad one. */
export function isForeign({ reason }: Pick<Problem, 'reason'>): boolean {
  return reason === noJpeg.reason;
}

export function brokenJpeg(reason: string): Problem {
  return { code: 'NOT_JPEG', reason: `a JPEG is broken: ${reason}` };
}

/** The problem of a JPEG that is as long as the limit, and has not ended. */
export function endlessJpeg(maxFrameBytes: number): Problem {
  return { code: 'FRAME_TOO_LONG', reason: `a JPEG must be <= ${maxFrameBytes} bytes: it goes on` };
}

/** The limit that a whole JPEG is over; undefined: none. */
export function findExcess(
  { length, size }: { readonly length: number; readonly size: PictureSize },
  limits: FrameLimits,
): Problem | undefined {
  const excess = describeExcess(length, limits);
  if (excess !== undefined) return { code: 'FRAME_TOO_LONG', reason: `a JPEG must be ${excess}` };
  const oversize = describeOversize(size, limits);
  return oversize === undefined
    ? undefined
    : { code: 'PICTURE_TOO_LARGE', reason: `the size of a JPEG must be ${oversize}` };
}
