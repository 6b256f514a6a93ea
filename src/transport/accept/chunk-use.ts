import type { SplitPicture } from '../../protocol/jpeg/jpeg-splitter.ts';
import { free } from '../../system/memory.ts';

/** A chunk of a connection's bytes, and whether a picture is a view of it. If none is, its memory is given back at the end. */
export class ChunkUse {
  readonly #chunk: Uint8Array;
  #isKept = false;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  /** Passes on the pictures that are found in it. */
  *watch(pictures: Iterable<SplitPicture | undefined>): Generator<SplitPicture | undefined, void, undefined> {
    for (const picture of pictures) {
      this.#isKept ||= picture?.jpeg.buffer === this.#chunk.buffer;
      yield picture;
    }
  }

  /** It has been read to its end. */
  end(): void {
    const { length, buffer } = this.#chunk;
    if (!this.#isKept && length === buffer.byteLength) free(buffer);
  }
}
