import { open } from 'node:fs/promises';
import { type Addon, capture, type Mat } from '../opencv/addon.ts';
import { encodeJpeg } from '../opencv/jpeg.ts';
import { VideoInput } from '../opencv/video-input.ts';
import { CodedError } from '../protocol/errors.ts';
import type { Frame } from '../protocol/frame.ts';
import { pause } from '../system/abort.ts';
import { readWallClockUs } from '../system/clock.ts';
import { describeFileError } from '../system/file-reason.ts';
import { Pace } from './pace.ts';
import type { PictureOptions } from './picture-options.ts';

export interface VideoOptions extends PictureOptions {
  /** End with the file rather than start it again. */
  readonly once: boolean;
  /** At the rate that the file itself gives, where it gives one, in place of `intervalMs`. */
  readonly atOwnRate: boolean;
}

/** A video file that is known to be one. */
export interface VideoFile {
  /** Frames by the file's own account; 0 when it does not say. */
  readonly frameCount: number;
  frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined>;
}

/** @throws CodedError SOURCE_FAILED when the file cannot be read or is no video that this build knows */
export async function openVideo(cv: Addon, path: string, options: VideoOptions): Promise<VideoFile> {
  const input = await openInput(cv, path);
  return {
    frameCount: Math.max(0, Math.round(input.get('frameCount'))),
    frames: (signal) => playVideo(cv, path, input, options, signal),
  };
}

async function* playVideo(
  cv: Addon,
  path: string,
  first: VideoInput,
  options: VideoOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const fps = first.get('fps');
  const pace = new Pace(options.atOwnRate && fps > 0 ? 1000 / fps : options.intervalMs);
  let input = first;
  try {
    while (!signal.aborted) {
      yield* playOnce(cv, input, options, pace, signal);
      if (options.once || signal.aborted) return;
      await input.release();
      input = await openInput(cv, path);
    }
  } finally {
    await input.release();
  }
}

/** One run through the file. The next picture is decoded while the one before it is resized and encoded. */
async function* playOnce(
  cv: Addon,
  input: VideoInput,
  options: VideoOptions,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  let next: Promise<Mat | undefined> = input.read();
  try {
    for (;;) {
      const mat = await next;
      if (mat === undefined) return;
      next = input.read();
      await pause(pace.waitMs, signal);
      if (signal.aborted) {
        mat.release();
        return;
      }
      pace.advance();
      const capturedAtUs = readWallClockUs();
      yield { ...(await encodeJpeg(cv, mat, options.size, options.quality)), capturedAtUs };
    }
  } finally {
    (await next.catch(() => undefined))?.release();
  }
}

async function openInput(cv: Addon, path: string): Promise<VideoInput> {
  // OpenCV says only that it failed; the file system knows why.
  const file = await open(path).catch((error: Error) => {
    throw new CodedError('SOURCE_FAILED', `Cannot open video ${path}: ${describeFileError(error)}`);
  });
  const { size } = await file.stat().finally(() => file.close());
  const input = size > 0 ? VideoInput.open(cv, path, capture.ffmpeg) : undefined;
  if (input === undefined) {
    const reason = size > 0 ? 'it is no video that this build can read' : 'it is empty';
    const advice = 'MP4, MKV, WebM, AVI, MPEG-TS with H.264, H.265, MPEG-4, MJPEG, VP8 or VP9 work';
    throw new CodedError('SOURCE_FAILED', `Cannot open video ${path}: ${reason}. ${advice}`);
  }
  return input;
}
