import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../errors.ts';
import { describeFileError } from '../system/file-error.ts';
import { isDeno, isPackaged } from '../system/runtime.ts';
import { type Addon, firstLine } from './addon.ts';
import { findLibraryProblem } from './library.ts';

export const addonName = 'opencv4nodejs.node';

let loaded: Addon | undefined;

/**
 * Loads OpenCV at the first call: sources and sinks without OpenCV run without the addon.
 * @throws CodedError ADDON_MISSING, ADDON_UNUSABLE
 */
export function loadOpenCv(): Addon {
  loaded ??= loadAddon(findAddon());
  return loaded;
}

/** The path of the addon: beside the packaged program; for the sources, where the build puts it. */
export function findAddon(): string {
  if (isPackaged()) return join(dirname(process.execPath), addonName);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  return join(root, 'dist', `linux-${process.arch}`, addonName);
}

function loadAddon(path: string): Addon {
  if (isDeno()) {
    throw new CodedError(
      'ADDON_UNUSABLE',
      'Cannot use OpenCV as Deno cannot load its addon; use the packaged program or Node',
    );
  }
  if (!existsSync(path)) {
    const advice = isPackaged() ? 'Copy it there from the same archive as this program' : 'Run: npm run build';
    throw new CodedError('ADDON_MISSING', `Cannot use OpenCV as ${path} is not there. ${advice}`);
  }
  const problem = findProblem(path);
  if (problem !== undefined) throw unusable(path, problem);
  // OpenCV reads these when it is loaded.
  process.env['OPENCV_LOG_LEVEL'] ??= 'ERROR';
  process.env['OPENCV_FFMPEG_LOGLEVEL'] ??= '-8';
  // This is OpenCV's default, whatever the environment says: another value can end the process.
  process.env['OPENCV_IO_MAX_IMAGE_PIXELS'] = String(2 ** 28);
  try {
    return createRequire(path)(path) as Addon;
  } catch (error) {
    throw unusable(path, firstLine(error).message.replace(/\.+$/, ''));
  }
}

function findProblem(path: string): string | undefined {
  try {
    return findLibraryProblem(path, process.arch);
  } catch (error) {
    return describeFileError(error);
  }
}

function unusable(path: string, reason: string): CodedError {
  const wanted = `linux-${process.arch}, Node ABI ${process.versions.modules}`;
  const advice = 'Copy both from the same archive';
  return new CodedError(
    'ADDON_UNUSABLE',
    `Cannot use OpenCV as ${path} does not fit this program (${wanted}): ${reason}. ${advice}`,
  );
}
