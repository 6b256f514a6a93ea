import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PictureNumber } from './numbered-picture.ts';
import type { PictureLedger } from './picture-ledger.ts';

/** A picture that is so many numbers old is acknowledged: no sender sends it again, so its file may go. */
const keptPictures = 1000;

/** Looks through a folder of `--save` again and again: every file holds one numbered picture, unharmed. */
export class SavedPictures {
  readonly #folder: string;
  readonly #ledger: PictureLedger;
  /** The pictures in the files that are there. */
  readonly #files = new Map<string, PictureNumber | undefined>();

  constructor(folder: string, ledger: PictureLedger) {
    this.#folder = folder;
    this.#ledger = ledger;
  }

  /** Reads what is new, and deletes old files, so that a small disk is enough. */
  async look(): Promise<void> {
    // Hidden ones are being written.
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith('.'));
    for (const name of names) {
      if (this.#files.has(name)) continue;
      const path = join(this.#folder, name);
      this.#files.set(name, this.#ledger.add(await readFile(path), path));
    }
    for (const [name, picture] of this.#files) {
      if (picture === undefined || picture.number > this.#ledger.ofRun(picture.run).max - keptPictures) continue;
      await rm(join(this.#folder, name), { force: true });
      this.#files.delete(name);
    }
  }
}
