import assert from 'node:assert/strict';
import { statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findWanted } from '../../../src/sinks/open-sinks.ts';
import type { SinkContext } from '../../../src/sinks/sink-module.ts';
import type { Log } from '../../../src/system/log.ts';
import { until } from '../../support/until.ts';
import { TrialSink } from '../trial-sinks.ts';
import { block, hour, makeClocks, makeTree } from './trial-tree.ts';

const files = 200;
const frames = 40;

/** A folder with many files, and a limit of ten blocks. */
async function makeFullTree() {
  const tree = await makeTree();
  for (let i = 0; i < files; i++) await tree.put(`${i}.jpg`, 100, i);
  return tree;
}

/** Calls `listener` at the first line: the first file is deleted then. */
function atFirstLine(listener: () => void): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const say = (line: string) => {
    if (lines.push(line) === 1) listener();
  };
  return { lines, info: say, warn: say };
}

describe('a clean-up of many files', () => {
  test('gives a file its room before all others are deleted, and then goes on', async () => {
    await using tree = await makeFullTree();
    let left: Promise<number> | undefined;
    const log = atFirstLine(() => {
      left = tree.write(retention, 'new.jpg', 3 * block).then(async (isWritten) => {
        assert.equal(isWritten, true);
        return (await tree.list()).length;
      });
    });
    const retention = await tree.open({ maxBytes: 10 * block }, log);
    await retention.settled();
    await until(() => left !== undefined);
    const count = (await left) ?? 0;
    assert.ok(count > files / 2, `${count} files were left`);
    await until(() => retention.stats.files <= 10);
    assert.ok((await tree.list()).includes('new.jpg'));
    await retention.close();
  });

  test('lets no more bytes come than it deletes', async () => {
    await using tree = await makeFullTree();
    const writes: Promise<number>[] = [];
    const log = atFirstLine(() => {
      for (let i = 0; i < 20; i++) {
        const write = tree.write(retention, `new/${i}.jpg`, 2 * block);
        writes.push(write.then(() => retention.stats.bytes));
      }
    });
    const retention = await tree.open({ maxBytes: 60 * block }, log);
    await until(() => writes.length > 0);
    for (const bytes of await Promise.all(writes)) assert.ok(bytes <= files * block, `${bytes}`);
    await until(() => retention.stats.bytes <= 60 * block);
    await retention.close();
  });

  test('ends when the program stops, and a file that waits still gets its room', async () => {
    await using tree = await makeFullTree();
    const stop = new AbortController();
    let written: Promise<boolean> | undefined;
    const log = atFirstLine(() => {
      written = tree.write(retention, 'new.jpg', 3 * block);
      stop.abort();
    });
    const retention = await tree.open({ maxBytes: 10 * block, stop: stop.signal }, log);
    await until(() => written !== undefined);
    assert.equal(await written, true);
    await retention.close();
    const { length } = await tree.list();
    assert.ok(length > files / 2, `${length} files were left`);
  });

  test('is told of once when it takes long, and once when it ends', async () => {
    await using tree = await makeFullTree();
    const clocks = makeClocks();
    const log = atFirstLine(() => clocks.pass(11_000));
    const retention = await tree.open({ maxBytes: 10 * block, clocks }, log);
    await until(() => log.lines.length >= 3);
    const [, ...lines] = log.lines.map((line) => line.replace(tree.directory, 'DIR'));
    assert.match(
      lines[0] ?? '',
      /^Deleting the oldest files in DIR takes long: 1 are deleted after 11[\d.]*s, 199 are there; new files are written meanwhile$/,
    );
    assert.match(lines[1] ?? '', /^Stopped deleting the oldest files in DIR after 1\d[\d.]*s: 190 are deleted$/);
    assert.equal(lines.length, 2);
    await retention.close();
  });

  test('by age takes turns as well', async () => {
    await using tree = await makeFullTree();
    const clocks = makeClocks();
    let left: Promise<number> | undefined;
    const log = atFirstLine(() => {
      left = tree.write(retention, 'new.jpg', block).then(async () => (await tree.list()).length);
    });
    const retention = await tree.open({ maxAgeMs: hour / 2, clocks }, log);
    await retention.settled();
    clocks.pass(hour);
    await retention.enforce();
    const count = (await left) ?? 0;
    assert.ok(count > files / 2, `${count} files were left`);
    await retention.close();
  });
});

describe('a stop', () => {
  test('ends a wait for a folder that is not read yet', async () => {
    await using tree = await makeFullTree();
    const stop = new AbortController();
    let seen = 0;
    const isOurs = () => {
      seen++;
      return true;
    };
    // All bytes of the disk are to stay free.
    const { blocks, bsize } = await statfs(tree.directory);
    const retention = await tree.open({ keepFreeBytes: blocks * bsize - 1, isOurs, stop: stop.signal });
    const written = tree.write(retention, 'new.jpg', block);
    await until(() => seen > 0);
    stop.abort();
    assert.equal(await written, false);
    assert.ok(seen < files, `${seen}`);
    assert.equal((await tree.list()).length, files);
    await retention.close();
  });
});

describe('a stop of the program', () => {
  const seconds = (i: number) => String(i).padStart(3, '0');
  for (const [name, nameOf] of [
    ['save', (i: number) => `old_20260131T125959_000${seconds(i)}Z_000001.jpg`],
    ['record', (i: number) => `old/2026-01-31_12-00-00+0100_${seconds(i)}.mkv`],
  ] as const) {
    test(`ends a clean-up of --${name}`, async () => {
      await using tree = await makeTree();
      for (let i = 0; i < files; i++) await tree.put(nameOf(i), 5 * block, i);
      let isStopped = false;
      const open = async (context: SinkContext) => {
        const [wanted] = findWanted({ quiet: 'true', [name]: tree.directory, [`${name}-size`]: '1M' });
        assert.ok(wanted !== undefined);
        const log = atFirstLine(() => {
          isStopped = true;
          context.stop.abort();
        });
        return await wanted.module.open(wanted.settings, { ...context, log });
      };
      await using trial = await TrialSink.open(open);
      await until(() => isStopped);
      // Each frame has one file deleted for it, and a clean-up would have its turn in between.
      const { send } = trial.connect('every');
      for (let i = 0; i < frames; i++) assert.equal(await send(i), true);
      const { length } = (await tree.list()).filter((path) => /^old.*\.(jpg|mkv)$/.test(path));
      assert.ok(length > files - 1.5 * frames && length < files, `${length} files were left`);
    });
  }
});

describe('more files of one time than are known', () => {
  for (const [when, seconds] of [
    ['long ago', 1.7e9],
    ['in the future', 4e9],
  ] as const) {
    test(`are deleted where they were written ${when}`, async () => {
      await using tree = await makeTree();
      for (let i = 0; i < 60; i++) {
        await tree.put(`${i}.jpg`, 100, 0);
        await utimes(join(tree.directory, `${i}.jpg`), seconds, seconds);
      }
      const retention = await tree.open({ maxBytes: 10 * block, maxKnown: 8 });
      await retention.settled();
      assert.equal((await tree.list()).length, 10);
      for (let i = 0; i < 5; i++) assert.equal(await tree.write(retention, `new/${i}.jpg`, 100), true);
      const left = await tree.list();
      assert.equal(left.length, 10);
      assert.equal(left.filter((path) => path.startsWith('new/')).length, 5);
      assert.equal(retention.stats.bytes, 10 * block);
      await retention.close();
    });
  }
});
