import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasBase } from '../../frames/camera-key.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { timeOf } from './active-recording.ts';
import { EarlierFolder } from './earlier-folder.ts';
import type { EarlierSearch } from './earlier-search.ts';

/**
 * The recordings that cameras of one name, and of names that differ in capitals, left in their
 * folders: `pi`, `pi-2`, ... The cameras get their folders in the order in which they come. That
 * order may be another one after a restart.
 */
export class EarlierRecordings {
  readonly #base: string;
  readonly #search: EarlierSearch;
  #folders: Promise<EarlierFolder[]> | undefined;
  #endUs: Promise<number> | undefined;

  /** @param base the key that a camera of that name gets where it is free */
  constructor(base: string, search: EarlierSearch) {
    this.#base = base;
    this.#search = search;
  }

  /** All frames in them were captured by then, as long as the clocks of the senders were not set. */
  endUs(): Promise<number> {
    this.#endUs ??= this.#findEnd();
    return this.#endUs;
  }

  /**
   * Whether one of them has the frame. A file that cannot be read counts as empty: a frame is then
   * there twice rather than not at all.
   */
  async has(frame: ReceivedFrame): Promise<boolean> {
    const { loaded, onError } = this.#search;
    this.#folders ??= this.#open();
    for (const folder of await this.#folders) {
      for await (const file of folder.filesAt(timeOf(frame))) {
        const isFound = await file.has(frame).catch(onError(file.path));
        loaded.note(file);
        if (isFound === true) return true;
      }
    }
    return false;
  }

  /** Forgets the files: nobody looks for a frame any more. */
  async release(): Promise<void> {
    const folders = this.#folders;
    this.#folders = undefined;
    for (const folder of (await folders) ?? []) for (const file of folder.opened) this.#search.loaded.forget(file);
  }

  async #open(): Promise<EarlierFolder[]> {
    const { directory, onError } = this.#search;
    const base = this.#base.toLowerCase();
    const names = (await readdir(directory).catch(onError(directory))) ?? [];
    const own = names.filter((name) => hasBase(name.toLowerCase(), base));
    const folders: EarlierFolder[] = [];
    for (const name of own) folders.push(await EarlierFolder.open(join(directory, name), this.#search));
    return folders;
  }

  async #findEnd(): Promise<number> {
    this.#folders ??= this.#open();
    let latestUs = Number.NEGATIVE_INFINITY;
    for (const folder of await this.#folders) {
      for (const { endUs } of await folder.newest()) latestUs = Math.max(latestUs, endUs);
    }
    return latestUs;
  }
}
