import type { KeptFile } from './files.ts';

/** The most files: they take 8 MB. Twice as many may be held for a moment. */
export const defaultMaxKnown = 50_000;

/** Holds the oldest of any number of files, up to a limit. */
export class OldestFiles {
  readonly #max: number;
  #files: KeptFile[] = [];
  /** Files before this index are taken. */
  #begin = 0;
  #isSorted = true;
  /** Files that were written then or later are not held any more. */
  #letGoFromMs = Number.POSITIVE_INFINITY;

  constructor(max = defaultMaxKnown) {
    this.#max = max;
  }

  get count(): number {
    return this.#files.length - this.#begin;
  }

  /** Whether it holds all files that were added and not taken. */
  get isComplete(): boolean {
    return this.#letGoFromMs === Number.POSITIVE_INFINITY;
  }

  add(file: KeptFile): void {
    if (file.writtenAtMs >= this.#letGoFromMs) return;
    const last = this.#files.at(-1);
    if (last !== undefined && file.writtenAtMs < last.writtenAtMs) this.#isSorted = false;
    this.#files.push(file);
    if (this.count >= this.#max * 2) this.#letGo();
  }

  /** The oldest, which stays. */
  peek(): KeptFile | undefined {
    this.#sort();
    return this.#files[this.#begin];
  }

  take(): KeptFile | undefined {
    const oldest = this.peek();
    if (oldest !== undefined) this.#begin++;
    if (this.#begin > this.#max) this.#compact();
    return oldest;
  }

  /** Takes out the files of `paths` that it holds. */
  remove(paths: ReadonlySet<string>): KeptFile[] {
    if (paths.size === 0) return [];
    const all = this.#files.slice(this.#begin);
    this.#files = all.filter(({ path }) => !paths.has(path));
    this.#begin = 0;
    return all.filter(({ path }) => paths.has(path));
  }

  #letGo(): void {
    this.#sort();
    this.#compact();
    this.#letGoFromMs = this.#files[this.#max]?.writtenAtMs ?? this.#letGoFromMs;
    // All files of the same moment go, so that the files that are held are complete up to a time.
    while ((this.#files.at(-1)?.writtenAtMs ?? 0) >= this.#letGoFromMs) this.#files.pop();
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#compact();
    this.#files.sort((a, b) => a.writtenAtMs - b.writtenAtMs || (a.path < b.path ? -1 : 1));
    this.#isSorted = true;
  }

  #compact(): void {
    this.#files.splice(0, this.#begin);
    this.#begin = 0;
  }
}
