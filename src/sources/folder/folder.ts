import { glob, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../errors.ts';
import type { CapturedFrame, FrameLimits } from '../../protocol/frame.ts';
import { readWholeJpeg, type SkippedJpeg, type WholeJpeg } from '../../protocol/jpeg/whole-jpeg.ts';
import { pause } from '../../system/abort.ts';
import { readCaptureTime } from '../../system/clock.ts';
import { describeFileError } from '../../system/file-error.ts';
import { Pace } from '../pace.ts';
import type { SkipLog } from '../skip-log.ts';

export interface FolderOptions {
  /** Milliseconds from picture to picture. */
  readonly intervalMs: number;
  /** End with the last picture rather than start again. */
  readonly once: boolean;
  readonly limits: FrameLimits;
}

export interface Folder {
  /** Pictures that were found. */
  readonly frameCount: number;
  frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined>;
}

const jpegName = /\.jpe?g$/i;
const wildcards = /[*?[{]/;

/**
 * The JPEGs of folders, files and patterns such as `shots/*.jpg`, in the order of their names,
 * numbers in them by value.
 * @throws CodedError SOURCE_FAILED where there is none
 */
export async function openFolder(paths: readonly string[], options: FolderOptions, skipped: SkipLog): Promise<Folder> {
  const found = await listPictures(paths);
  return { frameCount: found.length, frames: (signal) => playFolder(paths, found, options, skipped, signal) };
}

async function* playFolder(
  paths: readonly string[],
  first: readonly string[],
  options: FolderOptions,
  skipped: SkipLog,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const pace = new Pace(options.intervalMs);
  for (let files = first; !signal.aborted; files = await listPictures(paths)) {
    let pictures = 0;
    for (const file of files) {
      const frame = await readPicture(file, options.limits, skipped);
      if (frame === undefined) continue;
      await pause(pace.waitMs, signal);
      if (signal.aborted) return;
      pace.advance();
      pictures++;
      yield { ...frame, ...readCaptureTime() };
    }
    if (pictures === 0) throw unusable(paths, describeNone(files.length));
    if (options.once) return;
  }
}

function describeNone(files: number): string {
  return files === 1 ? 'its one picture cannot be sent' : `none of its ${files} pictures can be sent`;
}

async function listPictures(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(paths.map(listPath));
  const files = sortNames([...new Set(lists.flat())]);
  if (files.length === 0) throw unusable(paths, 'there is no .jpg or .jpeg file');
  return files;
}

async function listPath(path: string): Promise<string[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => jpegName.test(name));
    return names.map((name) => join(path, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !wildcards.test(path)) {
      throw unusable([path], describeFileError(error));
    }
    const files: string[] = [];
    for await (const file of glob(path)) files.push(file);
    return files;
  }
}

/** As people count: 9 before 10. */
function sortNames(names: readonly string[]): string[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return [...names].sort((a, b) => collator.compare(a, b) || (a < b ? -1 : 1));
}

/**
 * A file as it is, to its last byte; undefined, with a word in the log, when it is no picture that
 * may be sent.
 */
async function readPicture(file: string, limits: FrameLimits, skipped: SkipLog): Promise<WholeJpeg | undefined> {
  const skip = (found: SkippedJpeg) => {
    skipped.add(found, file);
    return undefined;
  };
  try {
    const found = await stat(file);
    if (!found.isFile()) return skip({ bytes: 0, code: 'NOT_JPEG', reason: 'it is no file' });
    const { size } = found;
    // Also what hangs when it is read, such as /proc/kmsg.
    if (size === 0) return skip({ bytes: 0, code: 'NOT_JPEG', reason: 'it is empty' });
    const { maxFrameBytes } = limits;
    if (size > maxFrameBytes) {
      const reason = `a JPEG must be <= ${maxFrameBytes} bytes: it has ${size}`;
      return skip({ bytes: size, code: 'FRAME_TOO_LONG', reason });
    }
    const bytes = await readFile(file);
    const picture = readWholeJpeg(bytes, limits);
    return 'jpeg' in picture ? { ...picture, jpeg: bytes } : skip(picture);
  } catch (error) {
    return skip({ bytes: 0, code: 'SOURCE_FAILED', reason: describeFileError(error) });
  }
}

function unusable(paths: readonly string[], reason: string): CodedError {
  const [first = ''] = paths;
  const others = paths.length > 1 ? ` and ${paths.length - 1} more` : '';
  return new CodedError('SOURCE_FAILED', `Cannot send pictures of ${first}${others}: ${reason}`);
}
