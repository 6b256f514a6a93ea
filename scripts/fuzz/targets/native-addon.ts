import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import type { Addon, Mat } from '../../../src/opencv/addon.ts';
import { findAddon, loadOpenCv } from '../../../src/opencv/load.ts';

/** Names the addon in the environment of a process, if it is not that of the build. */
export const addonVariable = 'IMAGE_SOCKET_FUZZ_ADDON';

/** The addon makes pictures of bytes too. */
export interface ByteAddon extends Addon {
  readonly Mat: Addon['Mat'] & (new (bytes: Uint8Array, rows: number, cols: number, type: number) => Mat);
  readonly CV_8UC1: number;
  readonly CV_8UC2: number;
}

/** @throws Error where one of these targets needs the addon and no build has made it */
export function requireAddon(targets: readonly string[]): void {
  const native = targets.find((name) => name.startsWith('native-'));
  if (native === undefined || existsSync(findAddon())) return;
  const advice = 'Run: npm run build. Or choose other targets with --target';
  throw new Error(`Cannot fuzz ${native} as ${findAddon()} is not there. ${advice}`);
}

/** @throws Error where it is not there, or too old */
export function loadNative(): ByteAddon {
  const path = process.env[addonVariable];
  const cv = path === undefined ? loadOpenCv() : (createRequire(path)(path) as Addon);
  // A call that is not there would look like a picture that cannot be encoded.
  if (cv.encodeCameraAsync === undefined) throw new Error('Cannot use the addon as it is too old: npm run build');
  return cv as ByteAddon;
}
