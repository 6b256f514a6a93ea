import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { defaultName, parseFileNames } from '../../../src/sinks/save/file-names.ts';
import { SaveProcessor } from '../../../src/sinks/save/save-processor.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { silentLog } from '../../support/trial-log.ts';

/** The fewest bytes that a file takes. */
const block = 4096;

describe('SaveProcessor', async () => {
  const root = await mkdtemp(join(tmpdir(), 'image-socket-folder-'));
  after(() => rm(root, { recursive: true, force: true }));
  let count = 0;

  async function open(pattern = '', limits?: { maxBytes: number }) {
    const directory = join(root, String(count++), 'deep');
    const names = parseFileNames(`${directory}${pattern}`);
    const sender = makeSender({ name: 'pi', stream: 'pi-01-k3x9f2ab' });
    const camera = new CameraRegistry().connected(sender);
    const processor = await SaveProcessor.open(names, limits, silentLog);
    const save = async (sequence: number) => {
      const work = await processor.process(
        makeReceived({ connection: sender, sequence, jpeg: Uint8Array.of(sequence) }),
        camera,
      );
      await work?.settled;
    };
    return {
      directory,
      processor,
      camera,
      save,
      nameOf: (sequence: number) => defaultName(makeReceived({ connection: sender, sequence })),
    };
  }

  test('writes a frame under its name, and nothing else is left', async () => {
    const { directory, save, nameOf } = await open();
    await save(3);
    await save(3);
    assert.deepEqual(await readdir(directory), [nameOf(3)]);
    assert.deepEqual([...(await readFile(join(directory, nameOf(3))))], [3]);
  });

  test('counts for its camera what it has written, and nothing that failed', async () => {
    for (const limits of [undefined, { maxBytes: 2 * block }]) {
      const { directory, processor, camera, save } = await open('', limits);
      for (const sequence of [1, 2, 3]) await save(sequence);
      await rename(directory, `${directory}-away`);
      await writeFile(directory, '');
      await assert.rejects(save(4), { code: 'OUTPUT_FAILED' });
      assert.deepEqual([...camera.writtenBySink], [['save', { bytes: 3 }]]);
      await processor.close();
    }
  });

  test('makes the folders of a pattern when they are needed, also when somebody has removed them', async () => {
    const { directory, save } = await open('/{name}/{hour}/{sequence}.jpg');
    await save(1);
    await rm(directory, { recursive: true });
    await save(2);
    const found = await readdir(directory, { recursive: true });
    assert.deepEqual(
      found.filter((path) => path.endsWith('.jpg')).map((path) => path.replace(/\/\d\d\//, '/HH/')),
      ['pi/HH/000002.jpg'],
    );
  });

  test('says what it cannot write and why, and leaves nothing half done', async () => {
    const { directory, save } = await open();
    // Nothing can be written any more: a file is in the place of the folder.
    await rename(directory, `${directory}-away`);
    await writeFile(directory, '');
    await assert.rejects(save(1), { code: 'OUTPUT_FAILED', message: /^Cannot save .*\.jpg: / });
    assert.deepEqual(await readdir(`${directory}-away`), []);
  });

  test('deletes its oldest pictures over a size, and nothing else, also of a run before', async () => {
    const { directory, processor, save } = await open('/{name}/{sequence}.jpg', { maxBytes: 3 * block });
    await save(1);
    await writeFile(join(directory, 'pi', 'notes.txt'), 'mine');
    await writeFile(join(directory, 'pi', 'holiday.jpg'), 'mine');
    for (const sequence of [2, 3, 4, 5]) {
      // The times of the files are to differ, by which they are deleted.
      await setTimeout(20);
      await save(sequence);
    }
    assert.deepEqual((await readdir(join(directory, 'pi'))).sort(), [
      '000003.jpg',
      '000004.jpg',
      '000005.jpg',
      'holiday.jpg',
      'notes.txt',
    ]);
    assert.deepEqual([processor.disk?.usedBytes, processor.disk?.deletedFiles], [3 * block, 2]);
    await processor.close();
    const names = parseFileNames(join(directory, '{name}/{sequence}.jpg'));
    const again = await SaveProcessor.open(names, { maxBytes: block }, silentLog);
    for (let i = 0; i < 100 && again.disk?.usedBytes !== block; i++) await setTimeout(20);
    assert.deepEqual((await readdir(join(directory, 'pi'))).sort(), ['000005.jpg', 'holiday.jpg', 'notes.txt']);
    await again.close();
  });

  test('refuses a folder that cannot be made', async () => {
    const path = join(root, 'file');
    await writeFile(path, '');
    const names = parseFileNames(join(path, 'x'));
    await assert.rejects(SaveProcessor.open(names, undefined, silentLog), { code: 'OUTPUT_FAILED' });
  });
});
