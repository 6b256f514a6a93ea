import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { block, hour, makeClocks, makeTree } from './trial-tree.ts';

const day = 24 * hour;

describe('files by age, where the clock is set', () => {
  test('stay when it jumps ahead, and when it comes back as they were', async () => {
    await using tree = await makeTree();
    await tree.put('a/1.jpg', 100, 20);
    const clocks = makeClocks();
    const retention = await tree.open({ maxAgeMs: day, clocks });
    await retention.settled();
    await tree.put('a/2.jpg', 100, 0);
    const { mtimeMs } = await stat(join(tree.directory, 'a/2.jpg'));
    clocks.pass(2 * hour);
    await retention.enforce();
    clocks.set(30 * day);
    await retention.enforce();
    clocks.pass(hour / 2);
    await retention.enforce();
    assert.deepEqual(await tree.list(), ['a/1.jpg', 'a/2.jpg']);
    assert.equal(tree.lines.length, 1);
    assert.match(
      tree.lines[0] ?? '',
      /^The clock was set ahead by 30d: files in .* are deleted by age again when it has not been set for 1h$/,
    );
    clocks.set(-30 * day);
    await retention.enforce();
    clocks.pass(hour + 1000);
    await retention.enforce();
    assert.deepEqual(await tree.list(), ['a/1.jpg', 'a/2.jpg']);
    assert.equal((await stat(join(tree.directory, 'a/2.jpg'))).mtimeMs, mtimeMs);
    clocks.pass(hour);
    await retention.enforce();
    assert.deepEqual(await tree.list(), ['a/2.jpg']);
    await retention.close();
  });

  test('that were written before it was set at all have their true age, on the disk as well', async () => {
    await using tree = await makeTree();
    await tree.put('a/earlier.jpg', 100, 2);
    // As after a start of a machine without a clock battery.
    const clocks = makeClocks(-400 * day);
    const retention = await tree.open({ maxAgeMs: day, clocks });
    await retention.settled();
    await tree.put('a/unset.jpg', 100, 400 * 24);
    clocks.set(400 * day);
    await retention.enforce();
    assert.equal((await tree.list()).length, 2);
    clocks.pass(hour + 1000);
    await retention.enforce();
    assert.deepEqual(await tree.list(), ['a/earlier.jpg', 'a/unset.jpg']);
    const { mtimeMs } = await stat(join(tree.directory, 'a/unset.jpg'));
    assert.ok(Math.abs(mtimeMs - Date.now()) < hour / 2, `${new Date(mtimeMs)}`);
    clocks.pass(day - 2 * hour);
    await retention.enforce();
    assert.deepEqual(await tree.list(), ['a/unset.jpg']);
    clocks.pass(2 * hour);
    await retention.enforce();
    assert.deepEqual(await tree.list(), []);
    await retention.close();
  });

  test('that are newer than those of an earlier run stay longer, whatever the clock says', async () => {
    await using tree = await makeTree();
    await tree.put('a/earlier.jpg', 100, 2);
    const clocks = makeClocks(-400 * day);
    const retention = await tree.open({ maxBytes: 3 * block, clocks });
    await retention.settled();
    await tree.put('a/unset.jpg', 100, 400 * 24);
    for (const ms of [400 * day, 0]) {
      clocks.set(ms);
      await retention.enforce();
    }
    for (const name of ['b/1.jpg', 'b/2.jpg']) assert.equal(await tree.write(retention, name, 100), true);
    assert.deepEqual(await tree.list(), ['a/unset.jpg', 'b/1.jpg', 'b/2.jpg']);
    await retention.close();
  });

  test('from the future go before what is written now, and by age as what was there at the start', async () => {
    await using tree = await makeTree();
    await tree.put('a/future.jpg', 100, -5 * 365 * 24);
    const clocks = makeClocks();
    const retention = await tree.open({ maxBytes: 2 * block, maxAgeMs: day, clocks });
    await retention.settled();
    for (const name of ['b/1.jpg', 'b/2.jpg']) assert.equal(await tree.write(retention, name, 100), true);
    assert.deepEqual(await tree.list(), ['b/1.jpg', 'b/2.jpg']);
    await tree.put('a/future.jpg', 100, -5 * 365 * 24);
    await retention.close();
    const again = await tree.open({ maxAgeMs: day, clocks });
    await again.settled();
    clocks.pass(day + 1000);
    await again.enforce();
    assert.deepEqual(await tree.list(), []);
    await again.close();
  });
});
