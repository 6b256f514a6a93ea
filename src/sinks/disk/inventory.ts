import { setImmediate } from 'node:timers/promises';
import { describeFileError } from '../../system/file-error.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { isWithinFolder } from '../../system/paths.ts';
import { type KeptFile, listFiles } from './files.ts';
import { inBlocks, type Room } from './free-space.ts';
import { defaultMaxKnown, OldestFiles } from './oldest-files.ts';
import { ReadingTimes } from './reading-times.ts';
import { Tally } from './tally.ts';

/** With fewer known files than this part of the most, the folder is read again. */
const lowShare = 0.5;
/** So many known files are left for those that need room while the folder is read again. */
const reserveShare = 0.1;
/** The time on the disk and the time by which a file was added here differ by less. */
const slackMs = 60_000;

export interface InventorySettings {
  /** The folder, which must exist and be no symbolic link. */
  readonly root: string;
  /** Whether a file counts, by its path from the folder on. */
  readonly isOurs: (path: string) => boolean;
  /** Gives the file with the right time of writing. */
  readonly date: (file: KeptFile) => Promise<KeptFile>;
  /** The order of so many files is held in memory; undefined: 50,000. */
  readonly maxKnown?: number | undefined;
  /** A clock that nobody sets: milliseconds. */
  readonly readSteadyMs: () => number;
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
  /** The file that is being deleted. */
  #taken: KeptFile | undefined;
  /** Changes while the folder is being read: the reading may see them or not. */
  #changes: { readonly added: Map<string, KeptFile>; readonly deleted: Map<string, KeptFile> } | undefined;
  #reading: Promise<void> | undefined;
  readonly #times: ReadingTimes;
  /** Files that were removed since the last reading began. */
  #removedCount = 0;
  /** Files that are complete. */
  #complete = new Tally();
  /** Whether the files that were there at the start are known. */
  hasRead = false;

  constructor(settings: InventorySettings, log: LimitedLog) {
    this.#settings = settings;
    this.#log = log;
    this.#maxKnown = settings.maxKnown ?? defaultMaxKnown;
    this.#oldest = new OldestFiles(this.#maxKnown);
    this.#times = new ReadingTimes(settings.readSteadyMs);
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
    this.#removedCount++;
    this.#taken = undefined;
    this.#complete.count(file, -1);
    if (this.#changes?.added.delete(file.path) === false) this.#changes.deleted.set(file.path, file);
  }

  /** Others delete files here too: the folder is read again sooner. */
  doubt(): void {
    this.#times.doubt();
  }

  /** The oldest complete file; undefined where none is known. */
  get oldest(): KeptFile | undefined {
    return this.#oldest.peek();
  }

  /** The oldest complete file; undefined where there is none. Waits until the files are known. */
  async peek(): Promise<KeptFile | undefined> {
    this.#readIfLow();
    if (this.#oldest.count === 0) await this.#reading;
    return this.oldest;
  }

  /** Waits for a reading of the folder while few of its files are known. */
  async waitForMore(): Promise<void> {
    this.#readIfLow();
    if (this.#isLow(reserveShare)) await this.#reading;
  }

  /**
   * Takes the oldest file out of the order, to delete it. It counts until it is removed; `leave`
   * says that it is still there.
   */
  take(): KeptFile | undefined {
    this.#taken = this.#oldest.take();
    return this.#taken;
  }

  /** The file that was taken could not be deleted. */
  leave(): void {
    this.#taken = undefined;
  }

  /** Reads the folder again, where the last time was long ago; undefined: it was not. */
  refresh(): Promise<void> | undefined {
    return this.#times.isDue ? this.read() : undefined;
  }

  /** Reads the whole folder again. */
  async readAgain(): Promise<void> {
    await this.#reading;
    await this.read();
  }

  /** Resolves when the files in the folder are known. */
  read(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Reads no more, and ends a reading. */
  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#reading;
  }

  /** Whether it knows few files, and the folder has more. */
  #isLow(share: number): boolean {
    return !this.#oldest.isComplete && this.#oldest.count < this.#maxKnown * share;
  }

  #readIfLow(): void {
    if (!this.#isLow(lowShare)) return;
    // A reading finds the same files again as long as they cannot be deleted.
    const mayFindMore = this.#removedCount >= this.#maxKnown * reserveShare;
    if (mayFindMore || this.#times.isDue) void this.read();
  }

  async #readAll(): Promise<void> {
    this.#times.start();
    this.#removedCount = 0;
    const changes = { added: new Map<string, KeptFile>(), deleted: new Map<string, KeptFile>() };
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
    while (found.packSome()) await setImmediate();
    this.#changes = undefined;
    if (this.#stop.signal.aborted) return;
    for (const file of changes.added.values()) count(file);
    if (this.#taken !== undefined) changes.deleted.set(this.#taken.path, this.#taken);
    const deletedMs = [...changes.deleted.values()].reduce((max, file) => Math.max(max, file.writtenAtMs), 0);
    // A file that is left by mistake is taken out once it is to be deleted.
    for (const file of found.remove(new Set(changes.deleted.keys()), deletedMs + slackMs)) complete.count(file, -1);
    this.#oldest = found;
    this.#complete = complete;
    this.hasRead = true;
    this.#times.end();
  }
}
