import { loadOpenCv } from '../opencv/load.ts';
import type { CapturedFrame, Delivery, FrameLimits } from '../protocol/frame.ts';
import type { Log } from '../system/log.ts';
import { captureCamera } from './camera.ts';
import { devicePath } from './camera-device.ts';
import { openFolder } from './folder.ts';
import { drawPattern } from './pattern.ts';
import type { PictureOptions } from './picture-options.ts';
import { openPipe } from './pipe.ts';
import { captureRpicam } from './rpicam.ts';
import { SkipJournal } from './skip-journal.ts';
import { openVideo } from './video.ts';

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
  /** Frames to come, where the source knows and ends; else 0. */
  readonly frameCount: number;
  /** What it gave that was no picture. */
  readonly skipped: SkipJournal;
}

/** @throws CodedError SOURCE_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
export async function openSource(
  choice: SourceChoice,
  { picture, limits }: SourceOptions,
  log: Log,
  signal: AbortSignal,
): Promise<Source> {
  const skipped = new SkipJournal(log, nameOf(choice));
  const live = { delivery: 'latest', frameCount: 0 } as const;
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
      return { frames: pipe.frames(signal), delivery: pipe.delivery, frameCount: 0, skipped };
    }
    case 'video': {
      const { file, once, atOwnRate } = choice;
      const video = await openVideo(loadOpenCv(), file, { ...picture, once, atOwnRate });
      return { frames: video.frames(signal), delivery: 'every', frameCount: once ? video.frameCount : 0, skipped };
    }
    case 'folder': {
      const { paths, once } = choice;
      const folder = await openFolder(paths, { intervalMs: picture.intervalMs, once, limits }, skipped);
      return { frames: folder.frames(signal), delivery: 'every', frameCount: once ? folder.frameCount : 0, skipped };
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
