import { rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeFileError } from '../../system/file-error.ts';
import type { LimitedLog } from '../../system/limited-log.ts';
import { isGone, type KeptFile } from './files.ts';
import { type FreeSpace, noRoom, type Room } from './free-space.ts';
import type { Inventory } from './inventory.ts';

export interface RemoverStats {
  /** Since the start of the receiver. */
  readonly deletedFiles: number;
  readonly deletedBytes: number;
  /** Tries to delete a file that failed. */
  readonly failures: number;
}

/** The reason why files are deleted. */
export interface ReachedLimit {
  /** The option that sets it: `--record-size`. */
  readonly option: string;
  /** Its value and what is there: `(2.0 MB): 2.1 MB are there`. */
  readonly state: string;
}

/** Files that could not be deleted and are tried again. */
const maxStuck = 1000;

/**
 * Deletes the files of an inventory, and folders that are empty then. Tries again where it cannot
 * delete.
 */
export class FileRemover {
  readonly #root: string;
  readonly #inventory: Inventory;
  readonly #free: FreeSpace;
  readonly #log: LimitedLog;
  #stuck: KeptFile[] = [];
  #hasFailed = false;
  /** Options whose limit is in the log. */
  readonly #told = new Set<string>();
  #deletedFiles = 0;
  #deletedBytes = 0;
  #failures = 0;

  constructor(root: string, inventory: Inventory, free: FreeSpace, log: LimitedLog) {
    this.#root = root;
    this.#inventory = inventory;
    this.#free = free;
    this.#log = log;
  }

  get stats(): RemoverStats {
    return { deletedFiles: this.#deletedFiles, deletedBytes: this.#deletedBytes, failures: this.#failures };
  }

  /** Puts files that could not be deleted back into the inventory. */
  retry(): void {
    for (const file of this.#stuck.splice(0)) this.#inventory.putBack(file);
  }

  /**
   * Deletes the oldest file of the inventory.
   * @returns the room that is free then
   */
  async removeOldest(limit: ReachedLimit): Promise<Room> {
    const file = this.#inventory.take();
    if (file === undefined) return noRoom;
    // A new file of the same name is being written, and counts as that.
    const isReplaced = this.#inventory.isOpen(file.path);
    const freed = isReplaced ? noRoom : await this.#unlink(file, limit);
    if (freed === undefined) return noRoom;
    this.#inventory.remove(file);
    if (!isReplaced) await this.#removeEmptyFolders(dirname(file.path));
    return freed;
  }

  /** The room that is free then; undefined: the file is still there. */
  async #unlink(file: KeptFile, limit: ReachedLimit): Promise<Room | undefined> {
    try {
      await unlink(join(this.#root, file.path));
    } catch (error) {
      if (!isGone(error)) return this.#keep(file, error);
      this.#inventory.doubt();
      return noRoom;
    }
    this.#count(file, limit);
    return file.isShared ? noRoom : { bytes: file.bytes, inodes: 1 };
  }

  #count({ bytes, isShared }: KeptFile, { option, state }: ReachedLimit): void {
    // One line for each limit: from then on files are deleted all the time.
    if (!this.#told.has(option))
      this.#log.info('begin', `Deleting the oldest files in ${this.#root}: ${option} ${state}`);
    this.#told.add(option);
    this.#hasFailed = false;
    this.#deletedFiles++;
    this.#deletedBytes += bytes;
    if (!isShared) this.#free.removed({ bytes, inodes: 1 });
  }

  #keep(file: KeptFile, error: unknown): undefined {
    this.#failures++;
    this.#inventory.leave();
    if (this.#stuck.length < maxStuck) this.#stuck.push(file);
    if (this.#hasFailed) return undefined;
    this.#hasFailed = true;
    const reason = describeFileError(error);
    this.#log.warn('delete', `Cannot delete ${join(this.#root, file.path)}: ${reason}; trying again every 10 s`);
    return undefined;
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let path = folder; path !== '.' && !this.#inventory.hasOpenIn(path); path = dirname(path)) {
      try {
        await rmdir(join(this.#root, path));
        this.#free.removed({ bytes: 0, inodes: 1 });
      } catch {
        return;
      }
    }
  }
}
