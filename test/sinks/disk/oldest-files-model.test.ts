import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeptFile } from '../../../src/sinks/disk/files.ts';
import { OldestFiles } from '../../../src/sinks/disk/oldest-files.ts';
import { Dice } from '../../support/dice.ts';

/** How the times of files come. The clock of a trial goes on by one with each step. */
const patterns: Record<string, (dice: Dice, nowMs: number) => number> = {
  'in order': (_, nowMs) => nowMs,
  'of one time': () => 1000,
  'of few times': (dice) => dice.roll(4),
  'of any time': (dice) => dice.roll(2000),
  'newer each time': (_, nowMs) => -nowMs,
  'with some times ahead': (dice, nowMs) => nowMs + (dice.roll(100) === 0 ? 700 : 0),
  'by a clock that is set': (_, nowMs) => nowMs + (Math.floor(nowMs / 400) % 3) * 1000,
  'with fractions': (_, nowMs) => nowMs / 8,
};

const compare = (a: KeptFile, b: KeptFile) => a.writtenAtMs - b.writtenAtMs || (a.path < b.path ? -1 : 1);

/** A plain list of all files beside the list under test. */
class Trial {
  readonly #files: OldestFiles;
  readonly #max: number;
  readonly #dice: Dice;
  #model: KeptFile[] = [];
  #steps = 0;

  constructor(max: number, dice: Dice) {
    this.#files = new OldestFiles(max);
    this.#max = max;
    this.#dice = dice;
  }

  step(pattern: (dice: Dice, nowMs: number) => number): void {
    this.#steps++;
    const roll = this.#dice.roll(100);
    if (roll < 70) this.#add(pattern(this.#dice, this.#steps));
    else if (roll < 98) this.#take(roll === 97);
    else if (roll === 98) this.#remove();
    else while (this.#dice.roll(3) > 0 && this.#files.packSome());
    this.#check();
  }

  /** All that it holds are the oldest of all, in their order. */
  drain(): void {
    while (this.#files.count > 0) this.#take(false);
    assert.equal(this.#files.take(), undefined);
    if (this.#files.isComplete) assert.deepEqual(this.#model, []);
  }

  #add(writtenAtMs: number): void {
    const path = `${this.#dice.roll(10)}/${this.#steps}`;
    const before = this.#files.count;
    const file = { path, bytes: this.#dice.roll(9), writtenAtMs, isShared: this.#dice.roll(2) === 0 };
    this.#files.add(file);
    this.#model.push(file);
    // However many are of one time, the oldest of them stay.
    if (before >= this.#max) assert.ok(this.#files.count >= this.#max, `${this.#files.count} of ${this.#max} are left`);
  }

  #take(comesBack: boolean): void {
    if (this.#files.count === 0) return;
    const oldest = this.#model.reduce((first, file) => (compare(file, first) < 0 ? file : first));
    assert.deepEqual(this.#files.peek(), oldest);
    assert.deepEqual(this.#files.take(), oldest);
    this.#model = this.#model.filter((file) => file !== oldest);
    if (!comesBack) return;
    this.#files.add(oldest);
    this.#model.push(oldest);
  }

  #remove(): void {
    const paths = new Set(this.#model.filter(() => this.#dice.roll(30) === 0).map(({ path }) => path));
    const times = this.#model.filter(({ path }) => paths.has(path)).map(({ writtenAtMs }) => writtenAtMs);
    const removed = this.#files.remove(paths, this.#dice.roll(2) === 0 ? undefined : Math.max(...times));
    assert.ok(removed.every(({ path }) => paths.has(path)));
    this.#model = this.#model.filter(({ path }) => !paths.has(path));
  }

  #check(): void {
    assert.ok(this.#files.count <= this.#max * 2 + 1, `${this.#files.count} of at most ${this.#max * 2}`);
    if (this.#files.isComplete) assert.equal(this.#files.count, this.#model.length);
  }
}

describe('OldestFiles beside a plain list', () => {
  for (const [name, pattern] of Object.entries(patterns)) {
    test(`gives the same files where they come ${name}`, () => {
      for (const [seed, max] of [1, 2, 3, 9, 50, 400].entries()) {
        const trial = new Trial(max, new Dice(seed + 1));
        for (let i = 0; i < 2000; i++) trial.step(pattern);
        trial.drain();
      }
    });
  }

  test('holds so many of them however many are of one time', () => {
    const files = new OldestFiles(100);
    for (let i = 0; i < 1000; i++) files.add({ path: `${(i * 7) % 1000}`, bytes: 1, writtenAtMs: 5 });
    assert.ok(files.count >= 100 && files.count <= 200, `${files.count}`);
    const inOrder = Array.from({ length: 1000 }, (_, i) => `${i}`).sort();
    const taken = Array.from({ length: files.count }, () => files.take()?.path);
    assert.deepEqual(taken, inOrder.slice(0, taken.length));
  });
});
