import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../errors.ts';
import { ownBuild } from '../system/build.ts';
import { describeFileError } from '../system/file-error.ts';
import { isDeno, isPackaged } from '../system/runtime.ts';
import { type Addon, firstLine } from './addon.ts';
import { describeAddonCommand } from './addon-command.ts';
import { findLibraryProblem } from './library.ts';
import { readSeal } from './seal.ts';

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

/** The addon beside a program is not the one that it needs. The message ends with `command`. */
export class AddonError extends CodedError {
  /** The message without the command. */
  readonly reason: string;

  constructor(code: 'ADDON_MISSING' | 'ADDON_UNUSABLE', reason: string, command: string) {
    super(code, `${reason}. Type \`${command}\``);
    this.name = 'AddonError';
    this.reason = reason;
  }
}

function loadAddon(path: string): Addon {
  if (isDeno()) {
    throw new CodedError(
      'ADDON_UNUSABLE',
      'Cannot use OpenCV as Deno cannot load its addon; use the packaged program or Node',
    );
  }
  if (!existsSync(path)) {
    throw new AddonError('ADDON_MISSING', `Cannot use OpenCV as ${path} is not there`, describeAddonCommand());
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
    return findLibraryProblem(path, process.arch) ?? findBuildProblem(path);
  } catch (error) {
    return describeFileError(error);
  }
}

/** A program from source takes any build: the developer makes both. */
function findBuildProblem(path: string): string | undefined {
  if (ownBuild === undefined) return undefined;
  const seal = readSeal(path);
  if (seal === ownBuild.addon) return undefined;
  const found = seal === undefined ? 'it is not whole, or of an older version' : `it is of the build ${seal}`;
  return `${found}, and the program needs the build ${ownBuild.addon}`;
}

function unusable(path: string, reason: string): CodedError {
  const wanted = `linux-${process.arch}, Node ABI ${process.versions.modules}`;
  const message = `Cannot use OpenCV as ${path} does not fit this program (${wanted}): ${reason}`;
  return new AddonError('ADDON_UNUSABLE', message, describeAddonCommand());
}
