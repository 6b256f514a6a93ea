import assert from 'node:assert/strict';
import { link, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { RetentionLimits } from '../../../src/sinks/disk/retention.ts';
import { parseFileNames } from '../../../src/sinks/save/file-names.ts';
import { SaveProcessor } from '../../../src/sinks/save/save-processor.ts';
import { describeWriteError } from '../../../src/system/file-error.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { mountSmall } from '../../support/small-disk.ts';
import { silentLog } from '../../support/trial-log.ts';
import { makeRecorder } from '../record/trial-recorder.ts';

const inodes = 60;
const skip = process.getuid?.() !== 0 && 'only root can mount a file system';

async function openSaver(path: string, limits: RetentionLimits | undefined) {
  const names = parseFileNames(join(path, 'pics', '{name}', '{hour}', '{time}-{sequence}.jpg'));
  const sender = makeSender({ name: 'pi', stream: 'pi-01-k3x9f2ab' });
  const camera = new CameraRegistry().connected(sender);
  const processor = await SaveProcessor.open(names, limits, silentLog);
  const save = async (sequence: number) => {
    const work = await processor.process(
      makeReceived({ connection: sender, sequence, capturedAtUs: sequence * 1e6 }),
      camera,
    );
    await work?.settled;
  };
  const list = async () => {
    const found = await readdir(join(path, 'pics'), { recursive: true });
    return found.filter((file) => file.endsWith('.jpg')).sort();
  };
  return { processor, save, list };
}

async function freeInodes(path: string): Promise<number> {
  return (await statfs(path)).ffree;
}

describe('a disk with few inodes', { skip }, () => {
  test('has the oldest pictures deleted so that some stay free', async () => {
    await using disk = await mountSmall(`size=50m,nr_inodes=${inodes}`);
    const { processor, save, list } = await openSaver(disk.path, {});
    for (let sequence = 1; sequence <= 200; sequence++) {
      await save(sequence);
      assert.ok((await freeInodes(disk.path)) >= inodes * 0.05);
    }
    const names = await list();
    assert.ok(names.length > inodes / 2, `${names.length}`);
    assert.match(names.at(-1) ?? '', /-000200\.jpg$/);
    assert.ok(names.every((name) => Number(/(\d+)\.jpg$/.exec(name)?.[1]) > 200 - inodes));
    await processor.close();
  });

  test('that others have filled is cleaned before anything is written, also to the last inode', async () => {
    await using disk = await mountSmall(`size=50m,nr_inodes=${inodes}`);
    const first = await openSaver(disk.path, { keepFreeBytes: 0 });
    for (let sequence = 1; sequence <= 20; sequence++) await first.save(sequence);
    await first.processor.close();
    for (let i = 0; (await freeInodes(disk.path)) > 0; i++) await writeFile(join(disk.path, `other${i}`), '');
    const { processor, save, list } = await openSaver(disk.path, { keepFreeBytes: 0 });
    await save(30);
    const names = await list();
    assert.match(names.at(-1) ?? '', /-000030\.jpg$/);
    assert.ok(names.length >= 15, `${names.length}`);
    await processor.close();
  });

  test('has the oldest recordings deleted for those of a new camera', async () => {
    await using disk = await mountSmall(`size=50m,nr_inodes=${inodes}`);
    await using recorder = await makeRecorder(join(disk.path, 'videos'));
    const processor = await recorder.open({ segment: { frames: 1 } });
    for (let camera = 0; camera < 100; camera++) await recorder.connect(processor, `cam${camera}`).send(camera * 1000);
    await processor.close();
    const found = await recorder.list();
    assert.ok(found.length > inodes / 6 && found.length < inodes, `${found.length}`);
    assert.ok(found.some((path) => path.startsWith('cam99/')));
    // No folder is left that has nothing in it.
    assert.equal((await readdir(recorder.directory)).length, found.length);
  });

  test('and nothing to delete is told of as that, and is no full disk', async () => {
    await using disk = await mountSmall(`size=50m,nr_inodes=${inodes}`);
    await mkdir(join(disk.path, 'pics'));
    for (let i = 0; (await freeInodes(disk.path)) > 0; i++) await writeFile(join(disk.path, `other${i}`), '');
    const limited = await openSaver(disk.path, {});
    const shortage =
      /: --\w+-keep-free keeps 3 inodes free, 0 are, as df -i shows, and nothing is left to delete for it: delete files/;
    await assert.rejects(limited.save(1), { code: 'OUTPUT_FAILED', message: shortage });
    await limited.processor.close();
    const reason = /: no inodes are left on the disk, .* df -i shows how many \(ENOSPC\)$/;
    const { save, list } = await openSaver(disk.path, undefined);
    await assert.rejects(save(1), { code: 'OUTPUT_FAILED', message: reason });
    for (let i = 0; i < 4; i++) await rm(join(disk.path, `other${i}`));
    await save(1);
    assert.equal((await list()).length, 1);
  });

  test('that has no bytes left is full', async () => {
    await using disk = await mountSmall('size=64k');
    await assert.rejects(writeFile(join(disk.path, 'long'), new Uint8Array(100_000)), { code: 'ENOSPC' });
    const error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    assert.equal(await describeWriteError(error, join(disk.path, 'none', 'long')), 'the disk is full (ENOSPC)');
  });

  test('keeps pictures that have other names too where to delete them makes no room', async () => {
    await using disk = await mountSmall(`size=50m,nr_inodes=${inodes}`);
    const { processor, save, list } = await openSaver(disk.path, { keepFreeBytes: 0 });
    for (let sequence = 1; sequence <= 10; sequence++) await save(sequence);
    await processor.close();
    await mkdir(join(disk.path, 'mine'));
    const names = await list();
    for (const [i, name] of names.entries()) await link(join(disk.path, 'pics', name), join(disk.path, 'mine', `${i}`));
    for (let i = 0; (await freeInodes(disk.path)) > 0; i++) await writeFile(join(disk.path, `other${i}`), '');
    const again = await openSaver(disk.path, { keepFreeBytes: 0 });
    await assert.rejects(again.save(30), { code: 'OUTPUT_FAILED', message: /keeps \d+ inodes free/ });
    assert.deepEqual(await again.list(), names);
    await again.processor.close();
  });
});
