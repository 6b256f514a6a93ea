import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { describeWriteError } from '../../system/file-error.ts';
import { makeFolders } from '../../system/folders.ts';
import type { DiskSync } from '../disk/disk-sync.ts';
import type { Retention } from '../disk/retention.ts';
import { type ActiveRecording, ownTimeOf, timeOf } from './active-recording.ts';
import { formatRecordingName } from './recording-name.ts';
import type { SegmentFormat } from './segment.ts';

/** The folder of recordings, and the parts that write there. */
export interface RecordingTarget {
  /** The folder of all recordings. */
  readonly directory: string;
  readonly format: SegmentFormat;
  readonly retention: Retention;
  readonly sync: DiskSync;
}

/**
 * Begins a file for that frame and those that follow.
 * @throws CodedError OUTPUT_FAILED; OPENCV_FAILED where there is no video of such pictures
 */
export async function openRecording(
  frame: ReceivedFrame,
  camera: Camera,
  target: RecordingTarget,
): Promise<ActiveRecording> {
  const { directory, format, retention, sync } = target;
  const startUs = timeOf(frame);
  const { width, height, receivedAtUs } = frame;
  const start = { startUs, width, height, title: camera.title };
  const startedAtMs = Math.floor(ownTimeOf(frame) / 1000);
  for (let number = 1; ; number++) {
    const path = formatRecordingName(camera.key, startedAtMs, number, format.kind);
    try {
      await makeFolders(dirname(join(directory, path)));
      const segment = await format.open(join(directory, path), start, sync);
      retention.begin(path, segment.bytes);
      const last = { lastUs: startUs, lastReceivedUs: receivedAtUs, openedAtMs: performance.now() };
      return { segment, camera, path, startUs, width, height, ...last, frames: 0, countedBytes: 0, isDone: false };
    } catch (error) {
      if (number < maxTries(error)) continue;
      // The folder may have been made for this file alone, and would take an inode.
      await rmdir(dirname(join(directory, path))).catch(() => undefined);
      throw await asCoded(error, join(directory, path));
    }
  }
}

/**
 * Where the name is taken, the next name is tried. An empty folder may have been deleted just now.
 */
function maxTries(error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EEXIST' ? 1000 : code === 'ENOENT' ? 3 : 0;
}

async function asCoded(error: unknown, path: string): Promise<CodedError> {
  if (error instanceof CodedError) return error;
  return new CodedError('OUTPUT_FAILED', `Cannot record ${path}: ${await describeWriteError(error, path)}`);
}
