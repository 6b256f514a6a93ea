import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { resumeMatroska } from '../../matroska/resume.ts';
import { onAbort } from '../../system/abort.ts';
import { counted } from '../../system/counted.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { type KeptFile, listFiles } from '../disk/files.ts';
import { DiskFileReader } from './disk-file-reader.ts';
import { parseRecordingName } from './recording-name.ts';

/** The most files of each camera that are repaired; earlier starts have repaired older files. */
const maxOfCamera = 5;
/** A file that another program writes to is left alone. */
const minQuietMs = 10_000;

/**
 * Another receiver may still have been writing to what is there at the start: it is left alone for
 * so long.
 */
const repairAfterMs = 15_000;

/** Repairs the recordings in a folder once, some time after the start. */
export class RepairAfterStart {
  readonly #stop = new AbortController();
  #repairing: Promise<void> | undefined;

  /** @param isBusy whether a file is being written, by its path from the folder on */
  constructor(directory: string, isBusy: (path: string) => boolean, log: LimitedLog) {
    const timer = setTimeout(() => {
      this.#repairing = this.#repair(directory, isBusy, log);
    }, repairAfterMs).unref();
    onAbort(this.#stop.signal, () => clearTimeout(timer));
  }

  /** Resolves when nothing is being repaired any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#repairing;
  }

  async #repair(directory: string, isBusy: (path: string) => boolean, log: LimitedLog): Promise<void> {
    const repaired = await repairRecordings(directory, isBusy, this.#stop.signal);
    if (repaired === 0) return;
    log.info(
      'repair',
      `Completed ${counted(repaired, 'recording', 'recordings')} that a killed receiver had left unfinished`,
    );
  }
}

/**
 * Completes files that a killed receiver did not complete, so that players can seek in them. They
 * are playable before that. A file that cannot be repaired stays as it is.
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
    // A file from the future was written before the clock was set.
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
  // Another program has written to it meanwhile.
  if ((await file.stat()).mtimeMs !== writtenAtMs) return false;
  await file.truncate(matroska.bytes);
  await file.write(tail, 0, tail.length, matroska.bytes);
  await file.write(head, 0, head.length, 0);
  // The file keeps the age of its pictures, so that it is deleted in its turn.
  await file.utimes(new Date(writtenAtMs), new Date(writtenAtMs));
  await file.sync();
  return true;
}
