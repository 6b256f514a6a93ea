import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';

/** What all sources that encode have in common. */
export interface PictureOptions {
  /** Undefined keeps the size of the source. */
  readonly size: PictureSize | undefined;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
  /** Milliseconds from frame to frame; 0: as fast as it goes. */
  readonly intervalMs: number;
}
