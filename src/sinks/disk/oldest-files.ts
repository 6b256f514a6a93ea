import { type AgeChunk, chunkFiles, compareAge, filesOf, findPlace } from './age-chunks.ts';
import type { KeptFile } from './files.ts';

/** The most files: they take about 0.6 MB. Twice as many may be held for a moment. */
export const defaultMaxKnown = 50_000;
/** So many files are packed at once. A chunk may have twice as many. */
const defaultChunkFiles = 500;

/**
 * Holds the oldest of any number of files, up to a limit. Files may come in any order. Of files of
 * the same time, the one whose path comes first is the oldest.
 */
export class OldestFiles {
  readonly #max: number;
  readonly #chunkFiles: number;
  #count = 0;
  /** All files that are older than those of the chunks: the oldest is the last. */
  #head: KeptFile[] = [];
  /** The other files: those of a chunk are older than those of the next chunk. */
  #chunks: AgeChunk[] = [];
  /** Files of chunks that are not packed yet. */
  #looseCount = 0;
  /** This file and newer ones are not held any more. */
  #letGoFrom: KeptFile | undefined;

  constructor(max = defaultMaxKnown) {
    this.#max = max;
    this.#chunkFiles = Math.max(1, Math.min(defaultChunkFiles, Math.floor(max / 4)));
  }

  get count(): number {
    return this.#count;
  }

  /** Whether it holds all files that were added and not taken. */
  get isComplete(): boolean {
    return this.#letGoFrom === undefined;
  }

  add(file: KeptFile): void {
    if (this.#letGoFrom !== undefined && compareAge(file, this.#letGoFrom) >= 0) return;
    this.#count++;
    const place = findPlace(this.#chunks, (chunk) => compareAge(chunk.from, file) <= 0);
    const chunk = this.#chunks[place - 1];
    if (chunk === undefined) this.#addToHead(file);
    else this.#addToChunk(chunk, file);
    if (this.#count >= this.#max * 2) this.#letGo();
  }

  /** The oldest, which stays. */
  peek(): KeptFile | undefined {
    if (this.#head.length === 0) this.#fillHead();
    return this.#head.at(-1);
  }

  take(): KeptFile | undefined {
    const oldest = this.peek();
    if (oldest === undefined) return undefined;
    this.#head.pop();
    this.#count--;
    return oldest;
  }

  /**
   * Takes out the files of `paths` that it holds.
   * @param untilMs none of them was written later: newer files need not be looked through
   */
  remove(paths: ReadonlySet<string>, untilMs = Number.POSITIVE_INFINITY): KeptFile[] {
    if (paths.size === 0) return [];
    const removed: KeptFile[] = [];
    const keep = (file: KeptFile) => {
      const isKept = !paths.has(file.path);
      if (!isKept) removed.push(file);
      return isKept;
    };
    this.#head = this.#head.filter(keep);
    this.#chunks = this.#chunks.flatMap((chunk) => {
      if (chunk.from.writtenAtMs > untilMs) return [chunk];
      this.#looseCount -= chunk.loose.length;
      return chunkFiles(filesOf(chunk).filter(keep), this.#chunkFiles);
    });
    this.#count -= removed.length;
    return removed;
  }

  /**
   * Packs a part of the files, after many have come in any order.
   * @returns false where all are packed
   */
  packSome(): boolean {
    if (this.#looseCount > 0) this.#packChunk(this.#findLoosest());
    return this.#looseCount > 0;
  }

  #addToHead(file: KeptFile): void {
    const place = findPlace(this.#head, (other) => compareAge(other, file) > 0);
    this.#head.splice(place, 0, file);
    if (this.#head.length <= this.#chunkFiles * 2) return;
    const newest = this.#head.splice(0, this.#chunkFiles).reverse();
    this.#chunks.unshift(...chunkFiles(newest, this.#chunkFiles));
  }

  #addToChunk(chunk: AgeChunk, file: KeptFile): void {
    chunk.loose.push(file);
    this.#looseCount++;
    if (chunk.loose.length >= this.#chunkFiles) this.#packChunk(chunk);
    else if (this.#looseCount > this.#max) this.#packChunk(this.#findLoosest());
  }

  #packChunk(chunk: AgeChunk): void {
    if (chunk.loose.length === 0) return;
    this.#looseCount -= chunk.loose.length;
    const [first, ...others] = chunkFiles(filesOf(chunk), this.#chunkFiles);
    if (first === undefined) return;
    // It keeps its bound: files before its first one may still come.
    this.#chunks.splice(this.#chunks.indexOf(chunk), 1, { ...first, from: chunk.from }, ...others);
  }

  /** The chunk where packing pays most. */
  #findLoosest(): AgeChunk {
    return this.#chunks.reduce((most, chunk) => (chunk.loose.length > most.loose.length ? chunk : most));
  }

  #fillHead(): void {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return;
    this.#looseCount -= chunk.loose.length;
    this.#head = filesOf(chunk).reverse();
  }

  #letGo(): void {
    for (;;) {
      const last = this.#chunks.at(-1);
      if (last === undefined) return;
      const count = last.packed.count + last.loose.length;
      if (this.#count - count < this.#max) return;
      this.#chunks.pop();
      this.#count -= count;
      this.#looseCount -= last.loose.length;
      this.#letGoFrom = last.from;
    }
  }
}
