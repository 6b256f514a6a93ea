import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PictureNumber } from './numbered-picture.ts';
import type { ReceivedPictures } from './received-pictures.ts';

/** A picture that is so many numbers old is acknowledged: no sender sends it again, so its file may go. */
const keptPictures = 1000;

/** Looks through a folder of `--save` again and again: every file holds one numbered picture, unharmed. */
export class SavedPictures {
  readonly #folder: string;
  readonly #received: ReceivedPictures;
  readonly #isLive: (run: string) => boolean;
  /** The pictures in the files that are there. */
  readonly #files = new Map<string, PictureNumber | undefined>();

  /** @param isLive whether a run of a sender goes on; nobody sends the pictures of another again */
  constructor(folder: string, received: ReceivedPictures, isLive: (run: string) => boolean) {
    this.#folder = folder;
    this.#isLive = isLive;
    this.#received = received;
  }

  /** Reads what is new, and deletes old files, so that a small disk is enough. */
  async look(): Promise<void> {
    // Hidden ones are being written.
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith('.'));
    for (const name of names) {
      if (this.#files.has(name)) continue;
      const path = join(this.#folder, name);
      this.#files.set(name, this.#received.add(await readFile(path), path));
    }
    for (const [name, picture] of this.#files) {
      if (picture === undefined || this.#mayComeAgain(picture)) continue;
      await rm(join(this.#folder, name), { force: true });
      this.#files.delete(name);
    }
  }

  #mayComeAgain({ run, number }: PictureNumber): boolean {
    return this.#isLive(run) && number > this.#received.ofRun(run).max - keptPictures;
  }
}
