import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { resumeMatroska } from '../../matroska/resume.ts';
import { type KeptFile, listFiles } from '../disk/files.ts';
import { DiskFileReader } from './disk-file-reader.ts';
import { parseRecordingName } from './recording-name.ts';

/** Of each camera: older ones were looked at when the receiver was started before. */
const maxOfCamera = 5;
/** A file that another program writes to is left alone. */
const minQuietMs = 10_000;

/**
 * Completes the files that a receiver left behind which was killed, so that players may seek in them. They are playable before, and whatever goes
 * wrong here is no harm: it is left as it is.
 * @param isBusy whether a file is being written, by its path from the folder on
 * @returns how many were completed
 */
export async function repairRecordings(
  directory: string,
  isBusy: (path: string) => boolean,
  signal: AbortSignal,
): Promise<number> {
  let repaired = 0;
  for (const file of await findNewest(directory, signal)) {
    if (signal.aborted) break;
    // One from the future was written before the clock was set.
    if (isBusy(file.path) || Math.abs(Date.now() - file.writtenAtMs) < minQuietMs) continue;
    if (await repair(join(directory, file.path), file.writtenAtMs).catch(() => false)) repaired++;
  }
  return repaired;
}

async function findNewest(directory: string, signal: AbortSignal): Promise<KeptFile[]> {
  const byCamera = new Map<string, KeptFile[]>();
  const isMatroska = (path: string) => parseRecordingName(path)?.kind === 'mkv';
  for await (const file of listFiles(directory, isMatroska, () => undefined, signal)) {
    const camera = parseRecordingName(file.path)?.camera ?? '';
    const newest = [...(byCamera.get(camera) ?? []), file].sort((a, b) => b.writtenAtMs - a.writtenAtMs);
    byCamera.set(camera, newest.slice(0, maxOfCamera));
  }
  return [...byCamera.values()].flat();
}

async function repair(path: string, writtenAtMs: number): Promise<boolean> {
  await using pieces = await DiskFileReader.open(path);
  const matroska = await resumeMatroska(pieces);
  if (matroska === undefined) return false;
  const { tail, head } = matroska.encodeEnd();
  await using file = await open(path, 'r+');
  // Somebody goes on with it.
  if ((await file.stat()).mtimeMs !== writtenAtMs) return false;
  await file.truncate(matroska.bytes);
  await file.write(tail, 0, tail.length, matroska.bytes);
  await file.write(head, 0, head.length, 0);
  // It is as old as its pictures, and goes in its turn.
  await file.utimes(new Date(writtenAtMs), new Date(writtenAtMs));
  await file.sync();
  return true;
}
