import { camera } from './camera/module.ts';
import { folder } from './folder/module.ts';
import { pattern } from './pattern/module.ts';
import { pipe } from './pipe/module.ts';
import { rpicam } from './rpicam/module.ts';
import type { SourceModule } from './source-module.ts';
import { video } from './video/module.ts';

/** All sources there are, in the order of the help. */
export const sources: readonly SourceModule[] = [camera, rpicam, pipe, video, folder, pattern];
