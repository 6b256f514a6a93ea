import type { ErrorCode } from '../errors.ts';
import { describeExcess, describeOversize, type FrameLimits } from '../frame.ts';
import type { PictureSize } from './jpeg-size.ts';

/** Why a stretch of a stream is no picture that may pass. */
export interface Problem {
  readonly code: ErrorCode;
  /** Goes on in `skipped 12 bytes of ...: `, with the limit and the value where there is one. */
  readonly reason: string;
  /** It goes on with the stretch before: of one JPEG that is too long. */
  readonly isRest?: boolean;
}

export const noJpeg: Problem = { code: 'NOT_JPEG', reason: 'no JPEG begins in them' };
export const tornJpeg: Problem = { code: 'TORN_FRAME', reason: 'a JPEG is torn, and another begins' };
export const cutJpeg: Problem = { code: 'TORN_FRAME', reason: 'the end came within a JPEG' };

/** Whether no JPEG begins there, not even a bad one. */
export function isForeign({ reason }: Pick<Problem, 'reason'>): boolean {
  return reason === noJpeg.reason;
}

export function brokenJpeg(reason: string): Problem {
  return { code: 'NOT_JPEG', reason: `a JPEG is broken: ${reason}` };
}

/** A JPEG that has so many bytes as are allowed, and has not ended. */
export function endlessJpeg(maxFrameBytes: number): Problem {
  return { code: 'FRAME_TOO_LONG', reason: `a JPEG must be <= ${maxFrameBytes} bytes: it goes on` };
}

/** What of a whole JPEG is more than the limits allow; undefined: nothing. `length`: of what it becomes. */
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
