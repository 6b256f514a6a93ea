import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EarlierFile } from './earlier-file.ts';
import type { EarlierSearch } from './earlier-search.ts';
import { parseRecordingName, type RecordingName } from './recording-name.ts';

/** Files of one folder that are searched at most: with `--segment 1f` each picture has one. */
export const maxEarlierFiles = 2000;
/**
 * Files that are always looked at. A file that begins before a frame ends the search only after
 * these: the clock of the sender may have been set back between two of them.
 */
const minFiles = 5;

interface NamedFile extends RecordingName {
  readonly path: string;
}

/** The recordings that were in the folder of one camera. They are opened as they are needed. */
export class EarlierFolder {
  readonly #folder: string;
  readonly #search: EarlierSearch;
  /** The newest first. */
  readonly #names: NamedFile[];
  /** Those of them that were opened, by their places in that list; undefined: it is of no use. */
  readonly #files = new Map<number, EarlierFile | undefined>();
  #listing: Promise<void> | undefined;
  #hasToldLimit = false;

  private constructor(folder: string, search: EarlierSearch, names: NamedFile[]) {
    this.#folder = folder;
    this.#search = search;
    this.#names = names;
  }

  static async open(folder: string, search: EarlierSearch): Promise<EarlierFolder> {
    return new EarlierFolder(folder, search, (await listNewest(folder, search)).slice(0, minFiles));
  }

  /** The newest files. */
  async newest(): Promise<EarlierFile[]> {
    for (const i of this.#names.slice(0, minFiles).keys()) await this.#open(i);
    return this.opened;
  }

  /** The files that were opened. */
  get opened(): EarlierFile[] {
    return [...this.#files.values()].filter((file) => file !== undefined);
  }

  /** The files that may have a frame of that time, the newest first. */
  async *filesAt(timeUs: number): AsyncGenerator<EarlierFile> {
    for (let i = 0; i < maxEarlierFiles; i++) {
      if (i === minFiles) await this.#listOnce();
      if (i >= this.#names.length) return;
      const file = this.#files.has(i) ? this.#files.get(i) : await this.#open(i);
      if (file?.covers(timeUs)) yield file;
      if (i >= minFiles - 1 && (file?.startUs ?? timeUs) < timeUs) return;
    }
    if (!this.#hasToldLimit) this.#search.onLimit(this.#folder);
    this.#hasToldLimit = true;
  }

  #listOnce(): Promise<void> {
    this.#listing ??= this.#listOlder();
    return this.#listing;
  }

  /** Lists all files, where the newest are not enough. */
  async #listOlder(): Promise<void> {
    const last = this.#names.at(-1);
    if (last === undefined) return;
    const older = (await listNewest(this.#folder, this.#search)).filter(
      (name) => name.path !== last.path && compare(last, name) < 0,
    );
    this.#names.push(...older);
  }

  async #open(index: number): Promise<EarlierFile | undefined> {
    const { path = '' } = this.#names[index] ?? {};
    const file = await EarlierFile.open(path, this.#search.sync).catch(this.#search.onError(path));
    // Another camera may have opened it meanwhile.
    if (!this.#files.has(index)) this.#files.set(index, file);
    return this.#files.get(index);
  }
}

async function listNewest(folder: string, { onError, isBusy }: EarlierSearch): Promise<NamedFile[]> {
  const entries = (await readdir(folder).catch(onError(folder))) ?? [];
  // The order of the names is that of the times, but for one hour of a year.
  const newest = entries
    .filter((name) => name.endsWith('.mkv'))
    .sort()
    .slice(-maxEarlierFiles);
  const names = newest.flatMap((name) => {
    const path = `${basename(folder)}/${name}`;
    const recording = isBusy(path) ? undefined : parseRecordingName(path);
    return recording === undefined ? [] : [{ ...recording, path: join(folder, name) }];
  });
  return names.sort(compare);
}

/** The newest first. Files of one second have numbers, and the longer one is the higher. */
function compare(a: NamedFile, b: NamedFile): number {
  return b.startedAtMs - a.startedAtMs || b.path.length - a.path.length || (a.path < b.path ? 1 : -1);
}
