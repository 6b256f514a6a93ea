import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { KeptFile } from '../../../src/sinks/disk/files.ts';
import { Inventory } from '../../../src/sinks/disk/inventory.ts';
import { LimitedLog } from '../../../src/system/limited-log.ts';
import { silentLog } from '../../support/trial-log.ts';
import { block, makeClocks, makeTree } from './trial-tree.ts';

const minute = 60_000;

describe('Inventory', () => {
  test('does not read the folder again and again where nothing can be deleted', async () => {
    await using tree = await makeTree();
    for (let i = 0; i < 40; i++) await tree.put(`${i}.jpg`, 100, i);
    const { readSteadyMs, pass } = makeClocks();
    const date = async (file: KeptFile) => file;
    const settings = { root: tree.directory, isOurs: () => true, date, maxKnown: 8, readSteadyMs };
    const inventory = new Inventory(settings, new LimitedLog(silentLog));
    await inventory.read();
    const takeAll = async () => {
      let taken = 0;
      for (; taken < 100 && (await inventory.peek()) !== undefined; taken++) {
        inventory.take();
        inventory.leave();
      }
      return taken;
    };
    const taken = await takeAll();
    assert.ok(taken >= 8 && taken <= 16, `${taken}`);
    assert.equal(await takeAll(), 0);
    // They may be deletable later.
    pass(2 * minute);
    assert.ok((await takeAll()) >= 8);
    await inventory.close();
  });
});

describe('a folder that others change too', () => {
  test('is read again after a minute: two receivers keep it within one limit', async () => {
    await using tree = await makeTree();
    const clocks = makeClocks();
    const settings = { maxBytes: 10 * block, clocks };
    const retentions = await Promise.all([tree.open(settings), tree.open(settings)]);
    for (const retention of retentions) await retention.settled();
    for (let i = 0; i < 20; i++) {
      for (const [name, retention] of retentions.entries()) await tree.write(retention, `${name}/${i}.jpg`, 100);
    }
    clocks.pass(minute + 1000);
    for (const retention of retentions) await retention.enforce();
    const left = await tree.list();
    assert.equal(left.length, 10);
    for (const retention of retentions) await retention.close();
  });

  test('is read again soon once a file is gone that was to be deleted', async () => {
    await using tree = await makeTree();
    for (let i = 0; i < 10; i++) await tree.put(`${i}.jpg`, 100, i);
    const clocks = makeClocks();
    const retention = await tree.open({ maxBytes: 10 * block, clocks });
    await retention.settled();
    // The oldest is among them, and the newest is not.
    for (let i = 4; i < 10; i++) await rm(join(tree.directory, `${i}.jpg`));
    clocks.pass(11_000);
    await retention.enforce();
    assert.equal(retention.stats.files, 10);
    assert.equal(await tree.write(retention, 'new.jpg', 100), true);
    clocks.pass(11_000);
    await retention.enforce();
    assert.deepEqual([retention.stats.files, retention.stats.bytes], [5, 5 * block]);
    assert.deepEqual(await tree.list(), ['0.jpg', '1.jpg', '2.jpg', '3.jpg', 'new.jpg']);
    await retention.close();
  });
});
