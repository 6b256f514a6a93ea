import { describeFileError } from '../../system/file-error.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { isWithinFolder } from '../../system/paths.ts';
import { type KeptFile, listFiles } from './files.ts';
import { addRoom, inBlocks, type Room } from './free-space.ts';
import { defaultMaxKnown, OldestFiles } from './oldest-files.ts';

/** Other programs may add or delete files: the folder is read again so often. */
const readEveryMs = 3_600_000;
/** Reading takes at most this part of the time, where there are very many files. */
const readShare = 0.01;

export interface InventorySettings {
  /** The folder, which must exist and be no symbolic link. */
  readonly root: string;
  /** Whether a file counts, by its path from the folder on. */
  readonly isOurs: (path: string) => boolean;
  /** Gives the file with the right time of writing. */
  readonly date: (file: KeptFile) => Promise<KeptFile>;
  /** The order of so many files is held in memory; undefined: 50,000. */
  readonly maxKnown?: number | undefined;
}

/** The number of files, and the room that they take. */
class Tally {
  files = 0;
  bytes = 0;
  /** The room that is free once all files without other names are deleted. */
  unshared: Room = { bytes: 0, inodes: 0 };

  count({ bytes, isShared }: KeptFile, sign: 1 | -1): void {
    this.files += sign;
    this.bytes += sign * bytes;
    if (!isShared) this.unshared = addRoom(this.unshared, { bytes, inodes: 1 }, sign);
  }
}

/**
 * The files in a folder: their number, their bytes, and the oldest. Reads the folder in the
 * background, and again where needed.
 */
export class Inventory {
  readonly #settings: InventorySettings;
  readonly #maxKnown: number;
  readonly #log: LimitedLog;
  readonly #stop = new AbortController();
  #oldest: OldestFiles;
  /** Bytes of the files that are being written, by path. */
  readonly #open = new Map<string, number>();
  /** Changes while the folder is being read: the reading may see them or not. */
  #changes: { readonly added: Map<string, KeptFile>; readonly deleted: Set<string> } | undefined;
  #reading: Promise<void> | undefined;
  #nextReadAtMs = Number.POSITIVE_INFINITY;
  /** Files that are complete. */
  #complete = new Tally();
  /** Whether the files that were there at the start are known. */
  hasRead = false;

  constructor(settings: InventorySettings, log: LimitedLog) {
    this.#settings = settings;
    this.#log = log;
    this.#maxKnown = settings.maxKnown ?? defaultMaxKnown;
    this.#oldest = new OldestFiles(this.#maxKnown);
  }

  get files(): number {
    return this.#complete.files + this.#open.size;
  }

  get bytes(): number {
    return this.#complete.bytes + this.openBytes;
  }

  /** Bytes of the files that are being written. */
  get openBytes(): number {
    let bytes = 0;
    for (const size of this.#open.values()) bytes += inBlocks(size);
    return bytes;
  }

  /** The room that is free once all files are deleted that may be deleted. */
  get deletable(): Room {
    return this.#complete.unshared;
  }

  /** The file is going to be written. */
  begin(path: string, bytes: number): void {
    this.#open.set(path, bytes);
  }

  /** The file was never made. */
  forget(path: string): void {
    this.#open.delete(path);
  }

  /** Counts bytes that were added to a file that was begun. */
  wrote(path: string, bytes: number): void {
    const before = this.#open.get(path);
    if (before !== undefined) this.#open.set(path, before + bytes);
  }

  complete(path: string, bytes: number): void {
    if (this.#open.delete(path)) this.add({ path, bytes: inBlocks(bytes), writtenAtMs: Date.now() });
  }

  isOpen(path: string): boolean {
    return this.#open.has(path);
  }

  hasOpenIn(folder: string): boolean {
    return [...this.#open.keys()].some((path) => isWithinFolder(path, folder));
  }

  add(file: KeptFile): void {
    this.#changes?.added.set(file.path, file);
    this.#complete.count(file, 1);
    this.#oldest.add(file);
  }

  /** The file could not be deleted, and comes up once more. */
  putBack(file: KeptFile): void {
    this.#oldest.add(file);
  }

  /** The file is gone from the disk. */
  remove(file: KeptFile): void {
    this.#complete.count(file, -1);
    if (this.#changes?.added.delete(file.path) === false) this.#changes.deleted.add(file.path);
  }

  /** The oldest complete file; undefined where there is none. Waits until the files are known. */
  async peek(): Promise<KeptFile | undefined> {
    if (!this.#oldest.isComplete && this.#oldest.count < this.#maxKnown / 2) void this.read();
    if (this.#oldest.count === 0) await this.#reading;
    return this.#oldest.peek();
  }

  /** Takes the oldest file out of the order; it counts until it is removed. */
  take(): KeptFile | undefined {
    return this.#oldest.take();
  }

  /** Reads the folder again, where the last time was long ago. */
  refresh(): void {
    if (performance.now() > this.#nextReadAtMs) void this.read();
  }

  /** Reads the whole folder again. */
  async readAgain(): Promise<void> {
    await this.#reading;
    await this.read();
  }

  /** Resolves when the files in the folder are known. */
  read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #readAll(): Promise<void> {
    const startedAtMs = performance.now();
    const changes = { added: new Map<string, KeptFile>(), deleted: new Set<string>() };
    this.#changes = changes;
    const found = new OldestFiles(this.#maxKnown);
    const complete = new Tally();
    const count = (file: KeptFile) => {
      complete.count(file, 1);
      found.add(file);
    };
    const { root, isOurs, date } = this.#settings;
    const onError = (path: string, error: unknown) => {
      this.#log.warn('read', `Cannot look into ${path}: ${describeFileError(error)}; what is there stays there`);
    };
    for await (const file of listFiles(root, isOurs, onError, this.#stop.signal)) {
      if (!this.#open.has(file.path) && !changes.added.has(file.path)) count(await date(file));
    }
    this.#changes = undefined;
    for (const file of changes.added.values()) count(file);
    for (const file of found.remove(changes.deleted)) complete.count(file, -1);
    this.#oldest = found;
    this.#complete = complete;
    this.hasRead = true;
    const endedAtMs = performance.now();
    this.#nextReadAtMs = endedAtMs + Math.max(readEveryMs, (endedAtMs - startedAtMs) / readShare);
  }
}
