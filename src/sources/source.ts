import { loadOpenCv } from '../opencv/load.ts';
import type { CapturedFrame, Delivery } from '../protocol/frame.ts';
import type { Log } from '../system/log.ts';
import { captureCamera } from './camera.ts';
import { drawPattern } from './pattern.ts';
import type { PictureOptions } from './picture-options.ts';
import { openVideo } from './video.ts';

/** Which source, as data. */
export type SourceChoice =
  | { readonly kind: 'camera'; readonly device: string }
  | { readonly kind: 'video'; readonly file: string; readonly once: boolean; readonly atOwnRate: boolean }
  | { readonly kind: 'pattern' };

/** A source that is open. */
export interface Source {
  /** Ends when the source does or the signal aborts. */
  readonly frames: AsyncIterable<CapturedFrame>;
  /** What the source is for: the newest picture, or all of them in their order. */
  readonly delivery: Delivery;
  /** Frames to come, where the source knows and ends; else 0. */
  readonly frameCount: number;
}

/** @throws CodedError SOURCE_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
export async function openSource(
  choice: SourceChoice,
  options: PictureOptions,
  log: Log,
  signal: AbortSignal,
): Promise<Source> {
  const cv = loadOpenCv();
  switch (choice.kind) {
    case 'camera':
      return { frames: captureCamera(cv, choice.device, options, log, signal), delivery: 'latest', frameCount: 0 };
    case 'pattern':
      return { frames: drawPattern(cv, options, signal), delivery: 'latest', frameCount: 0 };
    case 'video': {
      const video = await openVideo(cv, choice.file, { ...options, once: choice.once, atOwnRate: choice.atOwnRate });
      return { frames: video.frames(signal), delivery: 'every', frameCount: choice.once ? video.frameCount : 0 };
    }
  }
}
