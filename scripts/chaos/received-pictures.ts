import { hash } from '../../test/support/saved.ts';
import { makePicture, type PictureNumber, readNumber } from './numbered-picture.ts';

/** The pictures of one run of a sender that arrived, by number. */
export class RunPictures {
  readonly #numbers = new Set<number>();
  max = 0;
  /** Numbers that came twice. */
  readonly doubled: number[] = [];

  add(number: number): void {
    if (this.#numbers.has(number)) this.doubled.push(number);
    this.#numbers.add(number);
    this.max = Math.max(this.max, number);
  }

  get count(): number {
    return this.#numbers.size;
  }

  /** Numbers below the highest one that did not come. */
  get gaps(): number[] {
    return Array.from({ length: this.max }, (_, i) => i + 1).filter((number) => !this.#numbers.has(number));
  }
}

/** Counts numbered pictures that arrived, and compares each with the picture that was sent. */
export class ReceivedPictures {
  readonly #bytes: (run: string) => number | undefined;
  readonly #runs = new Map<string, RunPictures>();
  /** Places of pictures that nobody sent. */
  readonly harmed: string[] = [];

  /** @param bytes the length that the pictures of a run were made with; undefined: there is no such run */
  constructor(bytes: (run: string) => number | undefined) {
    this.#bytes = bytes;
  }

  ofRun(id: string): RunPictures {
    const pictures = this.#runs.get(id) ?? new RunPictures();
    this.#runs.set(id, pictures);
    return pictures;
  }

  /** All pictures, once each. */
  get count(): number {
    return [...this.#runs.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Compares the SHA-256 with that of the picture that was sent.
   * @param where for `harmed`
   */
  add(jpeg: Uint8Array, where: string): PictureNumber | undefined {
    const found = readNumber(jpeg);
    const bytes = found === undefined ? undefined : this.#bytes(found.run);
    if (found === undefined || bytes === undefined || hash(jpeg) !== hash(makePicture(found, bytes))) {
      this.harmed.push(where);
      return undefined;
    }
    this.ofRun(found.run).add(found.number);
    return found;
  }
}
