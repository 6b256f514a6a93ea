import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rm, stat, statfs, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { block, hour, makeClocks, makeTree } from './trial-tree.ts';

describe('Retention', () => {
  test('deletes the oldest first, until what is there and what comes is in bounds', async () => {
    await using tree = await makeTree();
    await tree.put('b/2.jpg', 4 * block, 2);
    await tree.put('a/3.jpg', 4 * block, 3);
    await tree.put('a/1.jpg', 4 * block, 1);
    const retention = await tree.open({ maxBytes: 15 * block });
    await retention.settled();
    assert.equal(await tree.write(retention, 'c/new.jpg', 6 * block), true);
    assert.deepEqual(await tree.list(), ['a/1.jpg', 'b/2.jpg', 'c/new.jpg']);
    assert.equal(await tree.write(retention, 'c/newer.jpg', 14 * block), true);
    assert.deepEqual(await tree.list(), ['c/newer.jpg']);
    const { files, bytes, deletedFiles, deletedBytes, failures } = retention.stats;
    assert.deepEqual([files, bytes, deletedFiles, deletedBytes, failures], [1, 14 * block, 4, 18 * block, 0]);
    await retention.close();
  });

  test('says once of each limit why files are deleted: the option, its value, and what is there', async () => {
    await using tree = await makeTree();
    for (const hoursAgo of [1, 2, 3, 4]) await tree.put(`${hoursAgo}.jpg`, block, hoursAgo);
    const clocks = makeClocks();
    const retention = await tree.open({ maxBytes: 2.5 * block, maxAgeMs: 1.5 * hour, clocks });
    await retention.settled();
    clocks.pass(2 * hour);
    await retention.settled();
    const found = tree.lines.map((line) => line.replace(tree.directory, 'DIR'));
    assert.deepEqual(found, [
      'Deleting the oldest files in DIR: --record-size (10.2 kB): 16.4 kB are there',
      'Deleting the oldest files in DIR: --record-age (1.5h): the oldest is 2h old',
    ]);
    await retention.close();
  });

  test('brings in bounds what an earlier run left', async () => {
    await using tree = await makeTree();
    for (let i = 0; i < 10; i++) await tree.put(`a/${i}.jpg`, 100, i);
    // A short one takes a block as well.
    const retention = await tree.open({ maxBytes: 3 * block });
    await retention.settled();
    assert.deepEqual(await tree.list(), ['a/0.jpg', 'a/1.jpg', 'a/2.jpg']);
    await retention.close();
  });

  test('deletes what is too old, with the folders that are empty then', async () => {
    await using tree = await makeTree();
    await tree.put('a/x/3.jpg', 100, 3);
    await tree.put('a/y/1.jpg', 100, 1);
    await tree.put('b/3.jpg', 100, 3);
    const clocks = makeClocks();
    const retention = await tree.open({ maxAgeMs: 2 * hour, clocks });
    await retention.settled();
    assert.equal((await tree.list()).length, 3);
    // A clock is believed when it has run for a while.
    clocks.pass(hour - 10_000);
    await tree.put('a/y/1.jpg', 100, 0);
    await retention.settled();
    assert.equal((await tree.list()).length, 3);
    clocks.pass(20_000);
    await retention.settled();
    assert.deepEqual(await tree.list(), ['a/y/1.jpg']);
    assert.deepEqual(await readdir(tree.directory), ['a']);
    assert.deepEqual(await readdir(join(tree.directory, 'a')), ['y']);
    await retention.close();
  });

  test('never deletes a file that is being written, nor its folder', async () => {
    await using tree = await makeTree();
    await tree.put('a/old.jpg', 100, 9);
    const clocks = makeClocks();
    const retention = await tree.open({ maxBytes: 5 * block, maxAgeMs: hour, clocks });
    clocks.pass(hour);
    retention.begin('a/open.jpg', 0);
    await tree.put('a/open.jpg', 4 * block, 8);
    await retention.settled();
    assert.deepEqual(await tree.list(), ['a/open.jpg']);
    assert.equal(await tree.write(retention, 'a/open.jpg', 4 * block), true);
    assert.equal(await tree.write(retention, 'b/other.jpg', 2 * block), false);
    assert.match(
      retention.describeShortage(),
      /^--record-size allows [\d.]+ [kMGT]?B and nothing is left to delete for it: allow more$/,
    );
    retention.complete('a/open.jpg', 4 * block);
    assert.equal(await tree.write(retention, 'b/other.jpg', 2 * block), true);
    assert.deepEqual(await tree.list(), ['b/other.jpg']);
    await retention.close();
  });

  test('leaves alone what is not its own, and what is behind a symbolic link', async () => {
    await using tree = await makeTree();
    await using other = await makeTree();
    await other.put('theirs.jpg', 1000, 99);
    await tree.put('notes.txt', 1000, 99);
    await tree.put('a/1.jpg', 1000, 1);
    await symlink(other.directory, join(tree.directory, 'away'));
    await symlink(join(other.directory, 'theirs.jpg'), join(tree.directory, 'a', 'link.jpg'));
    const retention = await tree.open({ maxBytes: 0 });
    await retention.settled();
    assert.deepEqual((await readdir(tree.directory)).sort(), ['a', 'away', 'notes.txt']);
    assert.deepEqual(await readdir(join(tree.directory, 'a')), ['link.jpg']);
    assert.deepEqual(await other.list(), ['theirs.jpg']);
    assert.equal(retention.stats.bytes, 0);
    await retention.close();
  });

  test('deletes nothing for a file that is longer than all may be together', async () => {
    await using tree = await makeTree();
    for (const name of ['a/1.jpg', 'a/2.jpg']) await tree.put(name, block, 1);
    const retention = await tree.open({ maxBytes: 5 * block });
    await retention.settled();
    assert.equal(await tree.write(retention, 'a/3.jpg', 6 * block), false);
    assert.deepEqual((await tree.list()).sort(), ['a/1.jpg', 'a/2.jpg']);
    await retention.close();
  });

  test('refuses to keep more free than there is', async () => {
    await using tree = await makeTree();
    await assert.rejects(tree.open({ keepFreeBytes: 2 ** 60 }), {
      code: 'OUTPUT_FAILED',
      message:
        /--record-keep-free wants 1152921\.50 TB free, and the whole disk has [\d.]+ [GT]B: give --record-keep-free less$/,
    });
  });

  test('keeps so much of the file system free, and says why it takes nothing', async () => {
    await using tree = await makeTree();
    await tree.put('a/1.jpg', 1000, 1);
    const { blocks, bsize } = await statfs(tmpdir());
    const retention = await tree.open({ keepFreeBytes: blocks * bsize - 1 });
    await retention.settled();
    // To delete it would not help.
    assert.deepEqual(await tree.list(), ['a/1.jpg']);
    assert.equal(await tree.write(retention, 'a/2.jpg', 10), false);
    assert.match(
      retention.describeShortage(),
      /^--record-keep-free keeps [\d.]+ [kMGT]?B of the disk free, [\d.]+ [kMGT]?B are and nothing is left to delete for it: make room, or give --record-keep-free less$/,
    );
    await retention.close();
  });

  test('keeps a gigabyte free where nothing is said, or a twentieth', async () => {
    await using tree = await makeTree();
    const retention = await tree.open({ keepFreeBytes: undefined });
    assert.ok(retention.keepFreeBytes > 0 && retention.keepFreeBytes <= 1e9);
    await retention.close();
  });

  test('finds the oldest of more files than it holds', async () => {
    await using tree = await makeTree();
    for (let i = 0; i < 60; i++) await tree.put(`${i % 7}/${i}.jpg`, 100, (i * 17) % 60);
    const retention = await tree.open({ maxBytes: 60 * block, maxKnown: 8 });
    await retention.settled();
    for (let i = 0; i < 50; i++) assert.equal(await tree.write(retention, `new/${i}.jpg`, 100), true);
    const left = (await tree.list()).filter((path) => !path.startsWith('new'));
    const ages = left.map((path) => (Number(path.replace(/.*\/|\.jpg/g, '')) * 17) % 60);
    assert.deepEqual(
      ages.toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.equal(retention.stats.bytes, 60 * block);
    await retention.close();
  });

  test('goes on when files are gone that somebody else deleted', async () => {
    await using tree = await makeTree();
    for (let i = 0; i < 4; i++) await tree.put(`a/${i}.jpg`, 100, i);
    const retention = await tree.open({ maxBytes: 4 * block });
    await retention.settled();
    await rm(join(tree.directory, 'a'), { recursive: true });
    assert.equal(await tree.write(retention, 'b/1.jpg', 4 * block), true);
    assert.deepEqual([retention.stats.files, retention.stats.bytes, retention.stats.deletedFiles], [1, 4 * block, 0]);
    await retention.close();
  });

  test('tells once of files that it cannot delete, and deletes them when it can', async () => {
    await using tree = await makeTree();
    await tree.put('a/1.jpg', 100, 3);
    await tree.put('a/2.jpg', 100, 2);
    const retention = await tree.open({ maxBytes: 10 * block });
    await retention.settled();
    // A folder in the place of a file can be deleted by nobody as a file.
    for (const name of ['1.jpg', '2.jpg']) {
      await rm(join(tree.directory, 'a', name));
      await tree.put(`a/${name}/inside.txt`, 1, 1);
    }
    assert.equal(await tree.write(retention, 'b/3.jpg', 9 * block), false);
    assert.equal(tree.lines.length, 1);
    assert.match(tree.lines[0] ?? '', /^Cannot delete .*a\/1\.jpg: .*; trying again every 10 s$/);
    assert.equal(retention.stats.failures, 2);
    for (const name of ['1.jpg', '2.jpg']) await rm(join(tree.directory, 'a', name), { recursive: true });
    await retention.enforce();
    assert.equal(await tree.write(retention, 'b/3.jpg', 9 * block), true);
    await retention.close();
  });

  test('refuses a folder that is not there', async () => {
    await using tree = await makeTree();
    await assert.rejects(tree.open({ directory: join(tree.directory, 'none') }), { code: 'OUTPUT_FAILED' });
  });

  test('counts a file that could not be written as none', async () => {
    await using tree = await makeTree();
    const retention = await tree.open({ maxBytes: block });
    await retention.settled();
    for (let i = 0; i < 3; i++) {
      await assert.rejects(retention.write('a/1.jpg', 100, () => Promise.reject(new Error('the disk is gone'))));
    }
    assert.equal(await tree.write(retention, 'a/1.jpg', 100), true);
    assert.equal((await stat(join(tree.directory, 'a/1.jpg'))).size, 100);
    assert.ok(existsSync(tree.directory));
    await retention.close();
  });
});
