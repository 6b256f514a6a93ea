import type { KeptFile } from './files.ts';
import { type PackedFiles, packFiles, unpackFiles } from './packed-files.ts';

/** The most files: they take about 0.6 MB. Twice as many may be held for a moment. */
export const defaultMaxKnown = 50_000;
/** So many files are packed at once. */
const packCount = 500;

/** Holds the oldest of any number of files, up to a limit. */
export class OldestFiles {
  readonly #max: number;
  #count = 0;
  /** The oldest. Those before `#begin` are taken. */
  #head: KeptFile[] = [];
  #begin = 0;
  /** Files between those of the head and of the tail, in their order. */
  #packed: PackedFiles[] = [];
  /** The newest, in their order. */
  #tail: KeptFile[] = [];
  /** Files that are older than one that was added before. */
  #unsorted: KeptFile[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  /** Files that were written then or later are not held any more. */
  #letGoFromMs = Number.POSITIVE_INFINITY;

  constructor(max = defaultMaxKnown) {
    this.#max = max;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether it holds all files that were added and not taken. */
  get isComplete(): boolean {
    return this.#letGoFromMs === Number.POSITIVE_INFINITY;
  }

  add(file: KeptFile): void {
    if (file.writtenAtMs >= this.#letGoFromMs) return;
    this.#count++;
    if (file.writtenAtMs >= this.#newestMs) this.#append(file);
    else this.#unsorted.push(file);
    if (this.#count >= this.#max * 2) this.#letGo();
  }

  /** The oldest, which stays. */
  peek(): KeptFile | undefined {
    this.#sort();
    this.#fillHead();
    return this.#head[this.#begin];
  }

  take(): KeptFile | undefined {
    const oldest = this.peek();
    if (oldest === undefined) return undefined;
    this.#begin++;
    this.#count--;
    return oldest;
  }

  /** Takes out the files of `paths` that it holds. */
  remove(paths: ReadonlySet<string>): KeptFile[] {
    if (paths.size === 0) return [];
    const all = this.#sortAll();
    this.#replace(all.filter(({ path }) => !paths.has(path)));
    return all.filter(({ path }) => paths.has(path));
  }

  #append(file: KeptFile): void {
    this.#newestMs = file.writtenAtMs;
    this.#tail.push(file);
    if (this.#tail.length < packCount) return;
    this.#packed.push(packFiles(this.#tail));
    this.#tail = [];
  }

  #fillHead(): void {
    if (this.#begin < this.#head.length) return;
    const packed = this.#packed.shift();
    this.#head = packed === undefined ? this.#tail : unpackFiles(packed);
    if (packed === undefined) this.#tail = [];
    this.#begin = 0;
  }

  #letGo(): void {
    const all = this.#sortAll();
    this.#letGoFromMs = all[this.#max]?.writtenAtMs ?? this.#letGoFromMs;
    // All files of the same moment go, so that the files that are held are complete up to a time.
    this.#replace(all.filter(({ writtenAtMs }) => writtenAtMs < this.#letGoFromMs));
  }

  #sort(): void {
    if (this.#unsorted.length === 0) return;
    this.#fillHead();
    const early = this.#unsorted.sort(compareAge);
    const [last, next] = [early.at(-1), this.#head[this.#begin]];
    // Files that could not be deleted come back so: the others need not be unpacked for them.
    const areFirst = last !== undefined && next !== undefined && compareAge(last, next) < 0;
    if (areFirst && early.length <= packCount) {
      this.#head = [...early, ...this.#head.slice(this.#begin)];
      this.#begin = 0;
      this.#unsorted = [];
    } else this.#replace(this.#sortAll());
  }

  #sortAll(): KeptFile[] {
    const inOrder = [...this.#head.slice(this.#begin), ...this.#packed.flatMap(unpackFiles), ...this.#tail];
    return this.#unsorted.length === 0 ? inOrder : [...inOrder, ...this.#unsorted].sort(compareAge);
  }

  /** @param files in their order */
  #replace(files: readonly KeptFile[]): void {
    this.#head = [];
    this.#begin = 0;
    this.#packed = [];
    this.#tail = [];
    this.#unsorted = [];
    this.#newestMs = Number.NEGATIVE_INFINITY;
    for (const file of files) this.#append(file);
    this.#count = files.length;
  }
}

function compareAge(a: KeptFile, b: KeptFile): number {
  return a.writtenAtMs - b.writtenAtMs || (a.path < b.path ? -1 : 1);
}
