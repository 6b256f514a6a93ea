import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../../errors.ts';
import { type Addon, capture, type Mat } from '../../opencv/addon.ts';
import { encodeJpeg } from '../../opencv/jpeg.ts';
import { VideoInput } from '../../opencv/video-input.ts';
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
): AsyncGenerator<CapturedFrame, void, undefined> {
  const fps = first.get('fps');
  const play = { ...options, intervalMs: options.atOwnRate && fps > 0 ? 1000 / fps : options.intervalMs };
  const pace = new Pace(play.intervalMs);
  let input = first;
  try {
    while (!signal.aborted) {
      const frames: number = yield* playOnce(cv, input, play, pace, signal);
      if (frames === 0 && !signal.aborted) throw unreadable(path, 'it holds no picture that can be read');
      if (options.once || signal.aborted) return;
      await input.release();
      input = await openInput(cv, path);
    }
  } finally {
    await input.release();
  }
}

/**
 * One run through the file. The next picture is decoded while the one before it is resized and
 * encoded.
 */
async function* playOnce(
  cv: Addon,
  input: VideoInput,
  options: VideoOptions,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, number, undefined> {
  let frames = 0;
  let lastMs = 0;
  let next = readFrame(input);
  try {
    for (;;) {
      const frame = await next;
      if (frame === undefined) return frames;
      const { mat, atMs } = frame;
      next = readFrame(input);
      if (options.atOwnRate) pace.intervalMs = stepMs(atMs - lastMs, options.intervalMs);
      lastMs = atMs;
      await pause(pace.waitMs, signal);
      if (signal.aborted) {
        mat.release();
        return frames;
      }
      pace.advance();
      const time = readCaptureTime();
      frames++;
      yield { ...(await encodeJpeg(cv, mat, options)), ...time };
    }
  } finally {
    (await next.catch(() => undefined))?.mat.release();
  }
}

/** The time since the frame before. @param toldMs the time in the file */
function stepMs(toldMs: number, defaultMs: number): number {
  return toldMs > 0 && toldMs <= longestStepMs ? toldMs : defaultMs;
}

interface VideoFrame {
  readonly mat: Mat;
  /** The time after the first frame: milliseconds; 0 if the file does not say it. */
  readonly atMs: number;
}

async function readFrame(input: VideoInput): Promise<VideoFrame | undefined> {
  const mat = await input.read();
  return mat && { mat, atMs: input.get('positionMs') };
}

async function openInput(cv: Addon, path: string): Promise<VideoInput> {
  // OpenCV says only that it failed; the file system knows why, and a pipe would keep it waiting
  // for ever.
  const fail = (error: Error) => {
    throw new CodedError('SOURCE_FAILED', `Cannot open video ${path}: ${describeFileError(error)}`);
  };
  const found = await stat(path).catch(fail);
  if (!found.isFile()) throw unreadable(path, 'it is no file');
  if (found.size === 0) throw unreadable(path, 'it is empty');
  await access(path, constants.R_OK).catch(fail);
  // The whole path: FFmpeg reads the text before a colon as a protocol.
  const input = VideoInput.open(cv, resolve(path), capture.ffmpeg);
  if (input === undefined) throw unreadable(path, 'it is no video that this build can read');
  return input;
}

function unreadable(path: string, reason: string): CodedError {
  const advice = 'MP4, MKV, WebM, AVI, MPEG-TS with H.264, H.265, MPEG-4, MJPEG, VP8 or VP9 work';
  return new CodedError('SOURCE_FAILED', `Cannot open video ${path}: ${reason}. ${advice}`);
}
