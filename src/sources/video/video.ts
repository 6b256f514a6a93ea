import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../../errors.ts';
import type { Addon, VideoReader } from '../../opencv/addon.ts';
import { readVideo } from '../../opencv/video-reader.ts';
import type { CapturedFrame } from '../../protocol/frame.ts';
import { pause } from '../../system/abort.ts';
import { readCaptureTime } from '../../system/clock.ts';
import { describeFileError } from '../../system/file-error.ts';
import { Pace } from '../pace.ts';
import type { PictureOptions } from '../shared-options.ts';

export interface VideoOptions extends PictureOptions {
  /** End with the file rather than start it again. */
  readonly once: boolean;
  /**
   * Each frame at its own time, or at the rate of the file, where it gives one, in place of
   * `intervalMs`.
   */
  readonly atOwnRate: boolean;
}

/** Longer gaps are skipped: where the times of a file jump, nothing would be sent for hours. */
const longestStepMs = 60_000;

/** A video file that is known to be one. */
export interface VideoFile {
  /** Frames by the file's own account; 0 when it does not say. */
  readonly frameCount: number;
  frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined>;
}

/**
 * @throws CodedError SOURCE_FAILED when the file cannot be read or is no video that this build
 * knows
 */
export async function openVideo(cv: Addon, path: string, options: VideoOptions): Promise<VideoFile> {
  const reader = await openReader(cv, path);
  return { frameCount: reader.frameCount, frames: (signal) => playVideo(cv, path, reader, options, signal) };
}

async function* playVideo(
  cv: Addon,
  path: string,
  first: VideoReader,
  options: VideoOptions,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const { fps } = first;
  const play = { ...options, intervalMs: options.atOwnRate && fps > 0 ? 1000 / fps : options.intervalMs };
  const pace = new Pace(play.intervalMs);
  let reader = first;
  try {
    while (!signal.aborted) {
      const frames: number = yield* playOnce(reader, play, pace, signal);
      if (frames === 0 && !signal.aborted) throw unreadable(path, 'it holds no picture that can be read');
      if (options.once || signal.aborted) return;
      reader.release();
      reader = await openReader(cv, path);
    }
  } finally {
    reader.release();
  }
}

/**
 * One run through the file. The next picture is decoded and encoded while the one before it is on
 * its way.
 */
async function* playOnce(
  reader: VideoReader,
  options: VideoOptions,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, number, undefined> {
  let frames = 0;
  let lastMs = 0;
  let next = readVideo(reader, options);
  try {
    for (;;) {
      const picture = await next;
      if (picture === undefined) return frames;
      next = readVideo(reader, options);
      if (options.atOwnRate) pace.intervalMs = stepMs(picture.atMs - lastMs, options.intervalMs);
      lastMs = picture.atMs;
      await pause(pace.waitMs, signal);
      if (signal.aborted) return frames;
      pace.advance();
      frames++;
      const { jpeg, width, height } = picture;
      yield { jpeg, width, height, ...readCaptureTime() };
    }
  } finally {
    await next.catch(() => undefined);
  }
}

/** The time since the frame before. @param toldMs the time in the file */
function stepMs(toldMs: number, defaultMs: number): number {
  return toldMs > 0 && toldMs <= longestStepMs ? toldMs : defaultMs;
}

async function openReader(cv: Addon, path: string): Promise<VideoReader> {
  // A pipe would keep FFmpeg waiting for ever.
  const fail = (error: Error) => {
    throw new CodedError('SOURCE_FAILED', `Cannot open video ${path}: ${describeFileError(error)}`);
  };
  const found = await stat(path).catch(fail);
  if (!found.isFile()) throw unreadable(path, 'it is no file');
  if (found.size === 0) throw unreadable(path, 'it is empty');
  await access(path, constants.R_OK).catch(fail);
  try {
    // The whole path: FFmpeg reads the text before a colon as a protocol.
    return new cv.VideoReader(resolve(path));
  } catch {
    throw unreadable(path, 'it is no video that this build can read');
  }
}

function unreadable(path: string, reason: string): CodedError {
  const advice = 'MP4, MKV, WebM, AVI, MPEG-TS with H.264, H.265, MPEG-4, MJPEG, VP8 or VP9 work';
  return new CodedError('SOURCE_FAILED', `Cannot open video ${path}: ${reason}. ${advice}`);
}
