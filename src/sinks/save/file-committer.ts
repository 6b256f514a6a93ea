import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GroupCommit } from '../../system/group-commit.ts';
import type { DiskSync } from '../disk/disk-sync.ts';

/** A file that is written, and has a temporary name until it is on the disk. */
export interface WrittenFile {
  readonly partial: string;
  readonly path: string;
}

/** Folders that are remembered; each hour or day, and each camera, may add one. */
const maxFolders = 1000;

/**
 * Has the system write files to the disk, and gives them their names after that: after a power cut,
 * a name that came before its bytes would be an empty file. It commits all files together that wait
 * when a commit begins, as a folder takes as long for one name as for many.
 */
export class Committer {
  readonly #root: string;
  readonly #sync: DiskSync;
  readonly #group = new GroupCommit(() => this.#commitAll());
  #waiting: WrittenFile[] = [];
  readonly #failures = new WeakMap<WrittenFile, unknown>();
  /** Folders whose own names are on the disk. */
  readonly #folders = new Set<string>();

  /** @param root the folder of all files */
  constructor(root: string, sync: DiskSync) {
    this.#root = root;
    this.#sync = sync;
  }

  /** Resolves when the file is there, on the disk, under its name. @throws the system's error */
  async commit(file: WrittenFile): Promise<void> {
    this.#waiting.push(file);
    await this.#group.request();
    if (this.#failures.has(file)) throw this.#failures.get(file);
  }

  async #commitAll(): Promise<void> {
    const files = this.#waiting;
    this.#waiting = [];
    await Promise.all(files.map((file) => this.#try([file], () => this.#sync.file(file.partial))));
    for (const file of files) {
      if (!this.#failures.has(file)) await this.#try([file], () => rename(file.partial, file.path));
    }
    const byFolder = Map.groupBy(files, ({ path }) => dirname(path));
    for (const [folder, inIt] of byFolder) await this.#try(inIt, () => this.#syncFolder(folder));
  }

  /** Syncs a folder, and the folders above it once. */
  async #syncFolder(folder: string): Promise<void> {
    await this.#sync.folder(folder);
    if (this.#folders.has(folder)) return;
    if (folder !== this.#root) await this.#syncFolder(dirname(folder));
    if (this.#folders.size >= maxFolders) this.#folders.clear();
    this.#folders.add(folder);
  }

  async #try(files: readonly WrittenFile[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      for (const file of files) this.#failures.set(file, error);
    }
  }
}
