import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeptFile } from '../../../src/sinks/disk/files.ts';
import { OldestFiles } from '../../../src/sinks/disk/oldest-files.ts';
import { packFiles, unpackFiles } from '../../../src/sinks/disk/packed-files.ts';
import { Dice } from '../../support/dice.ts';

const file = (writtenAtMs: number, path = `${writtenAtMs}`): KeptFile => ({ path, bytes: 1, writtenAtMs });
const takeTimes = (files: OldestFiles) => Array.from({ length: files.count }, () => files.take()?.writtenAtMs);

/** Compares them with a list of times. */
class Trial {
  readonly files = new OldestFiles(100_000);
  readonly times: number[] = [];

  /** Most files are the newest; some come back as they could not be deleted; some may be of any age. */
  step(dice: Dice, nowMs: number, isAnyAge: boolean): void {
    if (dice.roll(3) === 0) this.take(dice.roll(50) === 0);
    else this.add(isAnyAge && dice.roll(200) === 0 ? dice.roll(nowMs) : nowMs + dice.roll(2));
  }

  add(writtenAtMs: number): void {
    const isNewest = writtenAtMs >= (this.times.at(-1) ?? 0);
    this.times.push(writtenAtMs);
    if (!isNewest) this.times.sort((a, b) => a - b);
    this.files.add(file(writtenAtMs));
  }

  take(comesBack: boolean): void {
    const taken = this.files.take();
    assert.equal(taken?.writtenAtMs, this.times.shift());
    if (comesBack && taken !== undefined) this.add(taken.writtenAtMs);
  }
}

describe('OldestFiles', () => {
  test('gives the oldest in their order, and says whether it held all', () => {
    const files = new OldestFiles(10);
    for (let i = 0; i < 15; i++) files.add(file((i * 7) % 15));
    assert.equal(files.isComplete, true);
    for (let i = 15; i < 40; i++) files.add(file(i));
    assert.equal(files.isComplete, false);
    assert.deepEqual(takeTimes(files).slice(0, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(files.take(), undefined);
  });

  test('does not take a younger file for the oldest after it let go of others', () => {
    const files = new OldestFiles(2);
    for (const writtenAtMs of [5, 4, 3, 2, 1, 9, 8]) files.add(file(writtenAtMs));
    const times = takeTimes(files);
    assert.deepEqual(times, [1, 2, 3].slice(0, times.length));
  });

  test('gives thousands of files in the order of their ages, in whatever order they come and go', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const dice = new Dice(seed);
      const trial = new Trial();
      for (let i = 0; i < 6000; i++) trial.step(dice, 10_000 + i, seed % 2 === 0);
      assert.equal(trial.files.count, trial.times.length);
      assert.deepEqual(takeTimes(trial.files), trial.times);
    }
  });

  test('gives the files that it removes, and keeps the others', () => {
    const files = new OldestFiles();
    for (let i = 0; i < 1200; i++) files.add(file(i));
    files.take();
    const removed = files.remove(new Set(['0', '3', '700', '1199', 'unknown']));
    assert.deepEqual(
      removed.map(({ path }) => path),
      ['3', '700', '1199'],
    );
    assert.equal(files.count, 1196);
    assert.deepEqual(takeTimes(files).slice(0, 3), [1, 2, 4]);
  });
});

describe('packFiles', () => {
  test('keeps everything of a file, whatever characters are in its name', () => {
    const files: KeptFile[] = [
      { path: 'garden/20260131T125959_123456Z-000001.jpg', bytes: 8192, writtenAtMs: 1_790_000_000_000.25 },
      { path: 'a\n"\u0000\ud800 ä/😀.jpg', bytes: 2 ** 45, writtenAtMs: -1, isShared: true },
      { path: 'b.jpg', bytes: 0, writtenAtMs: 0, isShared: false },
    ];
    assert.deepEqual(unpackFiles(packFiles(files)), files);
    assert.equal(packFiles(files).count, 3);
  });

  test('takes less than 20 bytes for each picture of a camera', () => {
    const files = Array.from({ length: 500 }, (_, i): KeptFile => {
      const path = `garden/20260131T1259${10 + Math.floor(i / 10)}_${123_456 + ((i * 7919) % 800_000)}Z-${100_000 + i}.jpg`;
      return { path, bytes: 16_384 + 4096 * (i % 3), writtenAtMs: 1_790_000_000_000 + i * 33 + ((i * 31) % 7) };
    });
    const { bytes } = packFiles(files);
    assert.ok(bytes.length < 20 * files.length, `${bytes.length}`);
    assert.ok(bytes.buffer.byteLength < 20 * files.length, `${bytes.buffer.byteLength}`);
  });
});
