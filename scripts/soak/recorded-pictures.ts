import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listPositions, MemoryFileReader } from '../../test/matroska/trial-matroska.ts';
import type { ReceivedPictures } from '../chaos/received-pictures.ts';

/** Looks through the folder of `--record` again and again: each frame of a finished file is a numbered picture, unharmed. */
export class RecordedPictures {
  readonly #folder: string;
  readonly #received: ReceivedPictures;
  readonly #isOurs: (camera: string) => boolean;
  readonly #seen = new Set<string>();

  /** @param isOurs whether a folder is that of a camera with numbered pictures */
  constructor(folder: string, received: ReceivedPictures, isOurs: (camera: string) => boolean) {
    this.#folder = folder;
    this.#received = received;
    this.#isOurs = isOurs;
  }

  /** @param isAll whether the newest file of each camera is finished too */
  async look(isAll: boolean): Promise<void> {
    for (const camera of (await readdir(this.#folder)).filter(this.#isOurs)) {
      const files = (await readdir(join(this.#folder, camera))).filter((name) => /^[^.].*\.mkv$/.test(name)).sort();
      for (const file of isAll ? files : files.slice(0, -1)) {
        const path = join(this.#folder, camera, file);
        if (this.#seen.has(path)) continue;
        this.#seen.add(path);
        await this.#read(path);
      }
    }
  }

  async #read(path: string): Promise<void> {
    const bytes = await readFile(path);
    for (const { position, bytes: length } of await listPositions(new MemoryFileReader(bytes))) {
      this.#received.add(bytes.subarray(position, position + length), `${path} at ${position}`);
    }
  }
}
