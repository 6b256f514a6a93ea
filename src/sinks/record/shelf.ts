import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type MovieHead, readHead, readPlaces } from '../../matroska/movie-reader.ts';
import { CodedError } from '../../protocol/errors.ts';
import { describeFileError } from '../../system/file-reason.ts';
import { type KeptFile, listFiles } from '../disk/files.ts';
import type { RecordedFrame, RecordingInfo, RecordingShelf } from '../web/recording-shelf.ts';
import { FilePieces } from './file-pieces.ts';
import { parseRecordingName } from './recording-name.ts';

/** Recordings in a list, the newest of them. */
const mostListed = 10_000;
/** A list is good for so long: who asks for one asks again at once. */
const listForMs = 2000;
/** Of a picture; the receiver takes none that is so large. */
const mostJpegBytes = 2 ** 28;

interface Known {
  readonly writtenAtMs: number;
  readonly head: MovieHead | undefined;
}

/** The recordings in a folder, whoever has made them. Their ids are their paths from there on, and nothing else is one. */
export class FolderShelf implements RecordingShelf {
  readonly #directory: string;
  readonly #isBeingWritten: (id: string) => boolean;
  /** By id: what the files say that were listed last. */
  #known = new Map<string, Known>();
  #list: { readonly untilMs: number; readonly infos: Promise<RecordingInfo[]> } | undefined;

  /** @param isBeingWritten by the path from the folder on */
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
      await using pieces = await FilePieces.open(file.path);
      const head = await readHead(pieces);
      if (head === undefined) return;
      for await (const { capturedAtUs, position, bytes } of readPlaces(pieces, head)) {
        if (signal.aborted) return;
        if (capturedAtUs < head.startUs + fromMs * 1000 || bytes > mostJpegBytes) continue;
        yield { jpeg: await pieces.read(position, bytes), capturedAtUs };
      }
    } catch (error) {
      throw new CodedError('OUTPUT_FAILED', `Cannot read ${file.path}: ${describeFileError(error)}`);
    }
  }

  async #readAll(): Promise<RecordingInfo[]> {
    const files = await this.#findNewest();
    const known = new Map<string, Known>();
    const infos: RecordingInfo[] = [];
    for (const { file, name } of files) {
      const isBeingWritten = this.#isBeingWritten(file.path);
      const isPlayable = name.kind === 'mkv';
      const head = isPlayable ? await this.#readHead(file) : undefined;
      known.set(file.path, { writtenAtMs: file.writtenAtMs, head });
      infos.push({
        id: file.path,
        camera: name.camera,
        startedAtUs: head?.startUs ?? name.startedAtMs * 1000,
        durationMs: head?.durationMs,
        bytes: file.bytes,
        isBeingWritten,
        isPlayable,
      });
    }
    this.#known = known;
    return infos;
  }

  async #findNewest() {
    let found: { file: KeptFile; name: NonNullable<ReturnType<typeof parseRecordingName>> }[] = [];
    const isOurs = (path: string) => parseRecordingName(path) !== undefined;
    const sort = () => {
      found.sort((a, b) => b.name.startedAtMs - a.name.startedAtMs || (a.file.path < b.file.path ? 1 : -1));
      found = found.slice(0, mostListed);
    };
    // What cannot be read is not there.
    for await (const file of listFiles(this.#directory, isOurs, () => undefined, AbortSignal.timeout(60_000))) {
      const name = parseRecordingName(file.path);
      if (name !== undefined) found.push({ file, name });
      if (found.length > mostListed * 2) sort();
    }
    sort();
    return found;
  }

  /** Undefined where there is none, or not yet. */
  async #readHead({ path, writtenAtMs }: KeptFile): Promise<MovieHead | undefined> {
    const known = this.#known.get(path);
    if (known?.head !== undefined && (known.writtenAtMs === writtenAtMs || known.head.durationMs !== undefined)) {
      return known.head;
    }
    try {
      await using pieces = await FilePieces.open(join(this.#directory, path));
      return await readHead(pieces);
    } catch {
      return undefined;
    }
  }
}
