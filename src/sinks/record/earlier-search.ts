import type { DiskSync } from '../disk/disk-sync.ts';
import type { EarlierFile } from './earlier-file.ts';

/** The means to search the recordings that were there before. */
export interface EarlierSearch {
  /** The folder of all recordings. */
  readonly directory: string;
  readonly sync: DiskSync;
  /** Whether this receiver writes the file, by its path from the directory on. */
  readonly isBusy: (path: string) => boolean;
  /** There may be older files in that folder, and they are not searched. */
  readonly onLimit: (folder: string) => void;
  /** Makes a handler for an error of that file or folder, which counts as empty then. */
  readonly onError: (path: string) => (error: unknown) => undefined;
  /** Is told of each file that was used. */
  readonly loaded: LoadedFiles;
}

/** Positions of frames that are in memory, of all files: some 15 MB. */
const maxLoadedFrames = 200_000;

/** The files whose frames are in memory: those that were used last. */
export class LoadedFiles {
  readonly #files = new Map<EarlierFile, number>();
  #frames = 0;

  note(file: EarlierFile): void {
    this.#frames += file.loadedFrames - (this.#files.get(file) ?? 0);
    this.#files.delete(file);
    if (file.loadedFrames > 0) this.#files.set(file, file.loadedFrames);
    for (const [oldest, frames] of this.#files) {
      if (this.#frames <= maxLoadedFrames) break;
      this.forget(oldest, frames);
    }
  }

  forget(file: EarlierFile, frames = this.#files.get(file) ?? 0): void {
    file.unload();
    this.#files.delete(file);
    this.#frames -= frames;
  }
}
