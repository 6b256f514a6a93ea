import { loadOpenCv } from '../opencv/load.ts';
import type { CapturedFrame, Delivery, FrameLimits } from '../protocol/frame.ts';
import type { Log } from '../system/log.ts';
import { captureCamera } from './camera/camera.ts';
import { devicePath } from './camera/camera-device.ts';
import { openFolder } from './folder/folder.ts';
import { drawPattern } from './pattern/pattern.ts';
import type { PictureOptions } from './picture-options.ts';
import { openPipe } from './pipe/pipe.ts';
import { captureRpicam } from './rpicam/rpicam.ts';
import { SkipLog } from './skip-log.ts';
import { openVideo } from './video/video.ts';

/** Which source, as data. */
export type SourceChoice =
  | { readonly kind: 'camera'; readonly device: string; readonly passthrough: boolean | undefined }
  | { readonly kind: 'rpicam'; readonly camera: string | undefined; readonly extraArguments: readonly string[] }
  | { readonly kind: 'pipe' }
  | { readonly kind: 'video'; readonly file: string; readonly once: boolean; readonly atOwnRate: boolean }
  | { readonly kind: 'folder'; readonly paths: readonly string[]; readonly once: boolean }
  | { readonly kind: 'pattern' };

export interface SourceOptions {
  /** Of pictures that are made here. */
  readonly picture: PictureOptions;
  /** Of JPEGs that are made elsewhere. */
  readonly limits: FrameLimits;
}

/** A source that is open. */
export interface Source {
  /** Ends when the source does or the signal aborts. */
  readonly frames: AsyncIterable<CapturedFrame>;
  /** What the source is for: the newest picture, or all of them in their order. */
  readonly delivery: Delivery;
  /** It goes on whether or not anyone takes its frames; others wait until they are taken. */
  readonly isLive: boolean;
  /** Frames to come, where the source knows and ends; else 0. */
  readonly frameCount: number;
  /** What it gave that was no picture. */
  readonly skipped: SkipLog;
}

/** @throws CodedError SOURCE_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
export async function openSource(
  choice: SourceChoice,
  { picture, limits }: SourceOptions,
  log: Log,
  signal: AbortSignal,
): Promise<Source> {
  const skipped = new SkipLog(log, nameOf(choice), limits);
  const file = { delivery: 'every', isLive: false } as const;
  const live = { delivery: 'latest', isLive: true, frameCount: 0 } as const;
  switch (choice.kind) {
    case 'camera': {
      const { device, passthrough } = choice;
      const frames = captureCamera(loadOpenCv(), device, { ...picture, passthrough, limits, skipped }, log, signal);
      return { ...live, frames, skipped };
    }
    case 'rpicam': {
      const { camera, extraArguments } = choice;
      const options = { ...picture, camera, extraArguments, limits, skipped };
      return { ...live, frames: captureRpicam(options, log, signal), skipped };
    }
    case 'pipe': {
      const pipe = openPipe(limits, skipped);
      // The program that writes waits, or drops what it likes: to take its pictures from it would be to drop them here.
      return { frames: pipe.frames(signal), delivery: pipe.delivery, isLive: false, frameCount: 0, skipped };
    }
    case 'video': {
      const { file: path, once, atOwnRate } = choice;
      const video = await openVideo(loadOpenCv(), path, { ...picture, once, atOwnRate });
      return { ...file, frames: video.frames(signal), frameCount: once ? video.frameCount : 0, skipped };
    }
    case 'folder': {
      const { paths, once } = choice;
      const folder = await openFolder(paths, { intervalMs: picture.intervalMs, once, limits }, skipped);
      return { ...file, frames: folder.frames(signal), frameCount: once ? folder.frameCount : 0, skipped };
    }
    case 'pattern':
      return { ...live, frames: drawPattern(loadOpenCv(), picture, signal), skipped };
  }
}

/** What the bytes of a source are said to be of. */
function nameOf(choice: SourceChoice): string {
  switch (choice.kind) {
    case 'camera':
      return `camera ${devicePath(choice.device)}`;
    case 'pipe':
      return 'standard input';
    case 'rpicam':
      return 'rpicam-vid';
    default:
      return `the ${choice.kind}`;
  }
}
