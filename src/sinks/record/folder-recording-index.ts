import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../errors.ts';
import { findPosition, type MatroskaHead, readHead, readPositions } from '../../matroska/matroska-reader.ts';
import { describeFileError } from '../../system/file-error.ts';
import { listPaths } from '../disk/files.ts';
import type { RecordedFrame, RecordingIndex, RecordingInfo } from '../recording-index.ts';
import { DiskFileReader } from './disk-file-reader.ts';
import { parseRecordingName, type RecordingName } from './recording-name.ts';

/** The most recordings that are listed: the newest. */
const maxListed = 10_000;
/** A list is valid for so long: pages ask for it several times in a row. */
const listForMs = 2000;
/** The receiver takes no picture that is so large. */
const maxJpegBytes = 2 ** 28;

/**
 * The recordings in a folder, also of other receivers. The id of a recording is its path from the
 * folder on.
 */
export class FolderRecordingIndex implements RecordingIndex {
  readonly #directory: string;
  readonly #isBeingWritten: (id: string) => boolean;
  /** Facts of finished recordings in the last list, by id. */
  #known = new Map<string, RecordingInfo>();
  #list: { readonly untilMs: number; readonly infos: Promise<RecordingInfo[]> } | undefined;

  /** @param isBeingWritten whether a recording is being written, by its id */
  constructor(directory: string, isBeingWritten: (id: string) => boolean) {
    this.#directory = directory;
    this.#isBeingWritten = isBeingWritten;
  }

  async list(): Promise<RecordingInfo[]> {
    if (this.#list === undefined || performance.now() > this.#list.untilMs) {
      this.#list = { untilMs: performance.now() + listForMs, infos: this.#readAll() };
    }
    return [...(await this.#list.infos)];
  }

  async open(id: string): Promise<{ readonly path: string; readonly bytes: number } | undefined> {
    if (parseRecordingName(id) === undefined) return undefined;
    const path = join(this.#directory, id);
    const stats = await lstat(path).catch(() => undefined);
    return stats?.isFile() ? { path, bytes: stats.size } : undefined;
  }

  async *frames(id: string, fromMs: number, signal: AbortSignal): AsyncGenerator<RecordedFrame> {
    const file = await this.open(id);
    if (file === undefined || parseRecordingName(id)?.kind !== 'mkv') return;
    try {
      await using pieces = await DiskFileReader.open(file.path);
      const head = await readHead(pieces);
      if (head === undefined) return;
      const fromUs = head.startUs + fromMs * 1000;
      const begin = await findPosition(pieces, head, fromUs);
      for await (const { capturedAtUs, position, bytes } of readPositions(pieces, head, begin)) {
        if (signal.aborted) return;
        if (capturedAtUs < fromUs || bytes > maxJpegBytes) continue;
        yield { jpeg: await pieces.read(position, bytes), capturedAtUs };
      }
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot read ${file.path}: ${describeFileError(error)}`);
    }
  }

  async #readAll(): Promise<RecordingInfo[]> {
    const known = new Map<string, RecordingInfo>();
    const infos: RecordingInfo[] = [];
    for (const { id, name } of await this.#findNewest()) {
      const found = this.#known.get(id);
      const looked = found ? { info: found, isFinal: true } : await this.#look(id, name);
      if (looked === undefined) continue;
      infos.push(looked.info);
      if (looked.isFinal) known.set(id, looked.info);
    }
    this.#known = known;
    return infos;
  }

  async #findNewest() {
    let found: { id: string; name: RecordingName }[] = [];
    const sort = () => {
      found.sort((a, b) => b.name.startedAtMs - a.name.startedAtMs || (a.id < b.id ? 1 : -1));
      found = found.slice(0, maxListed);
    };
    // Folders that cannot be read are skipped.
    for await (const id of listPaths(this.#directory, () => undefined)) {
      const name = parseRecordingName(id);
      if (name !== undefined) found.push({ id, name });
      if (found.length > maxListed * 2) sort();
    }
    sort();
    return found;
  }

  /** Undefined where it is gone. */
  async #look(id: string, { camera, startedAtMs, kind }: RecordingName) {
    const isBeingWritten = this.#isBeingWritten(id);
    const file = await this.open(id);
    if (file === undefined) return undefined;
    const { path, bytes } = file;
    const isPlayable = kind === 'mkv';
    const head = isPlayable ? await readHeadOf(path) : undefined;
    const startedAtUs = head?.startUs ?? startedAtMs * 1000;
    const durationMs = head?.durationUs === undefined ? undefined : head.durationUs / 1000;
    const info: RecordingInfo = { id, camera, startedAtUs, durationMs, bytes, isBeingWritten, isPlayable };
    const isFinal = !isBeingWritten && (head?.cuesAt !== undefined || !isPlayable);
    return { info, isFinal };
  }
}

/** Undefined where the file has no head, or not yet. */
async function readHeadOf(path: string): Promise<MatroskaHead | undefined> {
  try {
    await using pieces = await DiskFileReader.open(path);
    return await readHead(pieces);
  } catch {
    return undefined;
  }
}
